/** Starts the language client when the first prompt set or experiment file is opened, and speaks of sets that are too big for it. */
import * as vscode from "vscode";
import type { Inspector } from "./inspector.ts";

const PROMPT_SET = "safethink-prompts";
const DOCUMENTS = [
	{ scheme: "file", language: PROMPT_SET },
	{ scheme: "untitled", language: PROMPT_SET },
	{ scheme: "file", language: "yaml", pattern: "**/{safethink,*.safethink}.yaml" },
];

/** VS Code sends no larger document to extensions. */
const LARGEST_BYTES = 50 * 1024 * 1024;

export function startLanguageClientWhenNeeded(inspector: Inspector): vscode.Disposable {
	let client: Promise<vscode.Disposable> | undefined;
	const look = (document: vscode.TextDocument) => {
		if (client !== undefined || vscode.languages.match(DOCUMENTS, document) === 0) return;
		client = import("./language-client.ts").then(({ startLanguageClient }) => startLanguageClient(inspector, DOCUMENTS));
		client.catch((error) => inspector.log.error(error));
	};
	vscode.workspace.textDocuments.forEach(look);
	return vscode.Disposable.from(
		vscode.workspace.onDidOpenTextDocument(look),
		vscode.window.tabGroups.onDidChangeTabs(({ opened }) => opened.forEach(explainBigSet)),
		{ dispose: () => void client?.then((running) => running.dispose()) },
	);
}

async function explainBigSet({ input }: vscode.Tab): Promise<void> {
	if (!(input instanceof vscode.TabInputText) || !input.uri.path.endsWith(".prompts.jsonl")) return;
	const size = await vscode.workspace.fs.stat(input.uri).then(
		(stat) => stat.size,
		() => 0,
	);
	if (size <= LARGEST_BYTES) return;
	void vscode.window.showInformationMessage(
		"SafeThink: VS Code sends no file over 50 MB to extensions, so this prompt set shows neither problems nor “Run SafeThink”. " +
			"“Run SafeThink on This Prompt Set” in the explorer's menu works, and `safethink run --dry-run` checks it.",
	);
}
