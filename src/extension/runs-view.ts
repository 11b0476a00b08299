/** The view of runs: those of the workspace and those of this user, with the state that their files and locks tell. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type { RunListItem } from "../contract/window.ts";
import { errorText } from "./report-error.ts";
import { reasonWithout } from "./run-files.ts";
import { findRuns, watchRuns } from "./run-places.ts";
import { startedRun } from "./started-runs.ts";
import { TreeView } from "./tree-view.ts";
import type { Viewer } from "./viewer.ts";

/** Milliseconds between two looks while a run goes on and the view is seen. */
const LOOK_MS = 2000;

export class RunsView extends TreeView<RunItem> {
	readonly #viewer: Viewer;
	readonly #context: vscode.ExtensionContext;
	#look: NodeJS.Timeout | undefined;

	constructor(viewer: Viewer, context: vscode.ExtensionContext) {
		super("safethink.runs");
		this.#viewer = viewer;
		this.#context = context;
	}

	override register(): vscode.Disposable[] {
		return [...super.register(), watchRuns(() => this.refresh()), { dispose: () => clearTimeout(this.#look) }];
	}

	async getChildren(item?: RunItem): Promise<RunItem[]> {
		if (item !== undefined) return [];
		clearTimeout(this.#look);
		try {
			const paths = await findRuns(this.#context);
			const runs = paths.length === 0 ? [] : (await this.#viewer.call("runs", { paths })).runs;
			this.say(undefined);
			if (runs.some(({ run }) => run?.state === "running")) this.#look = setTimeout(() => this.#lookAgain(), LOOK_MS);
			return runs.toSorted(newestFirst).map((run) => new RunItem(run, startedRun(this.#context, run.path) !== undefined));
		} catch (error) {
			this.say(errorText(error));
			return [];
		}
	}

	#lookAgain(): void {
		if (this.view?.visible) this.refresh();
		else this.#look = setTimeout(() => this.#lookAgain(), LOOK_MS);
	}
}

export class RunItem extends vscode.TreeItem {
	readonly path: string;

	constructor({ path, run, error }: RunListItem, begunHere: boolean) {
		super(basename(path).replace(/\.safethink\.jsonl$/, ""));
		this.path = path;
		this.id = path;
		this.contextValue = `run.${run?.state ?? "broken"}${run?.state === "stopped" && begunHere ? ".begunHere" : ""}`;
		this.command = { command: "safethink.openRun", title: "Open", arguments: [vscode.Uri.file(path)] };
		if (run === undefined) {
			this.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
			this.description = error === undefined ? "not readable" : reasonWithout(path, error.message);
		} else {
			this.iconPath = icon(run);
			this.description = `${stateText(run)} · ${run.defences.join(", ")}`;
		}
		this.tooltip = [path, run && `${stateText(run)} · ${run.model} · begun ${localTime(run.started)}`, error && errorText(error)]
			.filter(Boolean)
			.join("\n");
		this.accessibilityInformation = { label: `${this.label}, ${this.description}` };
	}
}

type Run = NonNullable<RunListItem["run"]>;

function icon({ state, failed }: Run): vscode.ThemeIcon {
	if (state === "running") return new vscode.ThemeIcon("sync~spin");
	if (failed > 0) return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
	return new vscode.ThemeIcon(state === "finished" ? "pass" : "debug-pause");
}

function stateText({ state, ended, planned, failed }: Run): string {
	const failures = failed === 0 ? "" : `, ${failed} failed`;
	const traces = planned === 1 ? "trace" : "traces";
	if (state === "finished") return `${planned} ${traces}${failures}`;
	return `${state}: ${ended} of ${planned} ${traces}${failures}`;
}

function newestFirst(a: RunListItem, b: RunListItem): number {
	return (b.run?.started ?? "").localeCompare(a.run?.started ?? "") || a.path.localeCompare(b.path);
}

function localTime(iso: string): string {
	return new Date(iso).toLocaleString();
}
