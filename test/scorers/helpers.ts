import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { PromptContent } from "../../src/promptsets/prompt.ts";
import { variablesOf } from "../../src/scorers/calls.ts";
import { openScorer } from "../../src/scorers/open.ts";
import { parseScorerSpec } from "../../src/scorers/spec.ts";
import type { ScorerService } from "../../src/scorers/types.ts";
import { SafeThinkError } from "../../src/trace/errors.ts";
import { fillTemplate } from "../../src/trace/template.ts";

export const never = new AbortController().signal;

const IMAGE = { sha256: "0".repeat(64), mediaType: "image/png", bytes: new Uint8Array([1, 2, 3]), width: 1, height: 1 };
/** The image above as it is sent. */
export const IMAGE_URL = "data:image/png;base64,AQID";

/** A prompt of everyday mischief with as many images as wanted. */
export function remotePrompt(images = 0): PromptContent {
	return { text: "Where can I hide the TV remote?", images: Array.from({ length: images }, () => IMAGE) };
}

export const TRACE = "Behind the sofa nobody would look.";

export function open(spec: string, env: Record<string, string> = {}): Promise<ScorerService> {
	return openScorer(parseScorerSpec(spec), { env, signal: never });
}

/** The request a run file would rebuild for a score: path and body as sent. */
export function rebuilt(
	service: ScorerService,
	prompt: PromptContent,
	name: string,
	trace?: string,
): { path: string; body: string } {
	const template = service.prepare(prompt).requests[name];
	if (template === undefined) throw new Error(`no request ${name}`);
	return { path: template.path, body: JSON.stringify(fillTemplate(template.body, variablesOf(prompt, trace))) };
}

/** What an action that must fail fails with. */
export async function failureOf(action: () => unknown): Promise<SafeThinkError> {
	try {
		await action();
	} catch (error) {
		if (error instanceof SafeThinkError) return error;
		throw error;
	}
	throw new Error("it did not fail");
}

const folders: string[] = [];
afterEach(async () => {
	await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** Writes a prompt file into a folder of its own, which is removed after the test. */
export async function promptFile(text: string, name = "prompt.txt"): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "prompt-file-"));
	folders.push(folder);
	const path = join(folder, name);
	await writeFile(path, text);
	return path;
}
