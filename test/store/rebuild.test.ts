/** scripts/rebuild.py and the checker, on what the method really writes: every defence, any parameters, resumed, branched at step 2. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { continueFrom } from "../../src/method/continue-from.ts";
import { DEFENCES, runDefence } from "../../src/method/defences.ts";
import type { Parameters } from "../../src/method/parameters.ts";
import { RecordedTrace } from "../../src/method/recorded.ts";
import type { Session } from "../../src/method/session.ts";
import { checkRun } from "../../src/store/check.ts";
import { type Journal, openJournal } from "../../src/store/journal.ts";
import { foldRun, readRun } from "../../src/store/reader.ts";
import type { EventDraft, PromptRecord, SafeThinkEvent, TraceDraft } from "../../src/trace/events.ts";
import { traceIdOf } from "../../src/trace/fold.ts";
import { promptHash, sha256 } from "../../src/trace/hash.ts";
import { fillTemplate, type Json } from "../../src/trace/template.ts";
import { anyParameters, anyWorld } from "../method/arbitrary.ts";
import { AT_ONCE, session, TOY, ToyPolicy, ToyScorer } from "../method/toy.ts";
import { temporaryFolder } from "./folder.ts";
import { HEADER } from "./sample-run.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/rebuild.py", import.meta.url));
const PYTHON = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);

const IMAGE = Buffer.from("a picture of a remote");
const PROMPT: PromptRecord = {
	id: "tv-remote",
	text: 'Hide the "TV remote"? \u2028 \ud800 \\ \u0007 🙂',
	images: [{ path: "remote.png", sha256: sha256(IMAGE), mediaType: "image/png", bytes: IMAGE.length }],
};
const POLICY: Json = {
	prompt: { $: [{ v: "prompt" }, "\n", { v: "assistant" }] },
	image: { $: "image1" },
	raw: { $: "image1.base64" },
	seed: { $: "seed" },
	n: { $: "maxTokens" },
	numbers: [1e-7, 0.00001, 1e21, 0.6, 1.5e300, -0.1, 12345678901234567000],
};
const TEMPLATES = {
	policy: { path: "/completion", body: POLICY },
	"policy.first": { path: "/first", body: { prompt: { $: "prompt" }, seed: { $: "seed" } } },
	scorer: { path: "/score", body: { text: { $: "trace" } } },
	"scorer.2": { path: "/score", body: { second: { $: "trace" } } },
	query: { path: "/score", body: { text: { $: "prompt" } } },
	"query.2": { path: "/score", body: { second: { $: "prompt" } } },
};

interface Rebuilt {
	trace: string | null;
	kind: string;
	path: string;
	body: string;
}

/** Writes traces with the real method and remembers what was asked of policy and scorer. */
class Recorder {
	readonly bodies = new Map<string, string[]>();
	/** Traces that were broken off between events: what was asked last may be missing in the file, or not have been sent. */
	readonly interrupted = new Set<string>();
	branches = 0;
	readonly journal: Journal;

	constructor(journal: Journal) {
		this.journal = journal;
	}

	begin(traceId: string, defence: string, parameters: Parameters, branch?: { of: string; step: number }): void {
		const hash = promptHash(PROMPT);
		const start = {
			type: "trace.started",
			traceId,
			prompt: PROMPT,
			promptHash: hash,
			defence,
			sample: 0,
			requests: TEMPLATES,
			parameters,
		};
		this.journal.append({ ...start, ...(branch ? { branch: { ...branch, parameters: {} } } : {}) } as EventDraft);
	}

	/** Appends what the method yields, and remembers the bodies of what its ports were asked. */
	async draw(
		traceId: string,
		events: AsyncGenerator<TraceDraft, unknown, void>,
		ports: { policy: ToyPolicy; scorer: ToyScorer },
	): Promise<void> {
		for await (const draft of events) this.journal.append({ ...draft, traceId } as EventDraft);
		const data = IMAGE.toString("base64");
		const fixed = { prompt: PROMPT.text, image1: `data:image/png;base64,${data}`, "image1.base64": data };
		const fill = (template: { body: Json }, values: Record<string, Json>): string =>
			JSON.stringify(fillTemplate(template.body, { ...fixed, ...values }));
		const asked = ports.policy.requests.map(({ assistant, seed, maxTokens }) => {
			const text = assistant.join("");
			return fill(text === "" ? TEMPLATES["policy.first"] : TEMPLATES.policy, { assistant: text, seed, maxTokens });
		});
		const scored = ports.scorer.texts.flatMap((text) => {
			const [one, two] = text === undefined ? [TEMPLATES.query, TEMPLATES["query.2"]] : [TEMPLATES.scorer, TEMPLATES["scorer.2"]];
			return [one, two].map((template) => fill(template, text === undefined ? {} : { trace: text }));
		});
		this.bodies.set(traceId, [...asked, ...scored]);
	}

	/** Appends the first events only, as a run that is killed does. */
	async breakOff(traceId: string, events: AsyncGenerator<TraceDraft, unknown, void>, most: number): Promise<void> {
		this.interrupted.add(traceId);
		for (let count = 0; count < most; count++) {
			const next = await events.next();
			if (next.done) break;
			this.journal.append({ ...next.value, traceId } as EventDraft);
		}
		await events.return(undefined);
	}
}

/** A scorer of two questions: each score costs two requests. */
class TwoQuestions extends ToyScorer {
	override async score(text: string | undefined, signal: AbortSignal): Promise<{ reward: number; requests: number }> {
		return { ...(await super.score(text, signal)), requests: 2 };
	}
}

async function recordOf(path: string, traceId: string): Promise<RecordedTrace> {
	const events: SafeThinkEvent[] = [];
	for await (const { event } of readRun(path)) if (traceIdOf(event) === traceId) events.push(event as SafeThinkEvent);
	return new RecordedTrace(traceId, events);
}

/** Every defence under many parameters, each trace whole; some broken off and resumed, some branched at step 2 with another prefix. */
async function writeRun(path: string): Promise<Recorder> {
	const plan = { ...HEADER.plan, dialect: TOY as unknown as Json };
	const recorder = new Recorder(await openJournal(path, { ...HEADER, plan }));
	const worlds = fc.sample(fc.tuple(anyParameters, anyWorld), { numRuns: 80, seed: 7 });
	const names = Object.keys(DEFENCES);
	for (const [index, [given, world]] of worlds.entries()) {
		const traceId = `t${index}`;
		const name = names[index % names.length] as string;
		const ports = { policy: new ToyPolicy(AT_ONCE), scorer: new TwoQuestions(world.salt) };
		const base: Session = session({
			traceId,
			promptHash: promptHash(PROMPT),
			runSeed: world.runSeed,
			maxTokens: world.maxTokens,
			...ports,
			parameters: given,
		});
		const settled = { ...base, parameters: DEFENCES[name]?.parameters(base.parameters) ?? base.parameters };
		recorder.begin(traceId, name, settled.parameters);
		if (index % 5 === 0) {
			await recorder.breakOff(traceId, runDefence(name, settled), 1 + (index % 13));
			const rest = continueFrom(await recordOf(path, traceId), settled.parameters, base, name);
			await recorder.breakOff(traceId, rest, Number.POSITIVE_INFINITY);
			continue;
		}
		await recorder.draw(traceId, runDefence(name, settled), ports);
		const steps = (await foldRun(path)).traces.get(traceId)?.steps ?? [];
		if (steps.length < 2 || steps[0]?.accepted?.accepted?.reason !== "reached") continue;
		recorder.branches++;
		const again = { policy: new ToyPolicy(AT_ONCE), scorer: new TwoQuestions(world.salt) };
		const parameters = { ...settled.parameters, depth: 4, prefix: "Slowly. " };
		recorder.begin(`${traceId}b`, "safethink", parameters, { of: traceId, step: 2 });
		const record = await recordOf(path, traceId);
		await recorder.draw(
			`${traceId}b`,
			continueFrom(record, parameters, { ...base, ...again, traceId: `${traceId}b`, branchStep: 2 }),
			again,
		);
	}
	recorder.journal.close();
	return recorder;
}

function rebuild(...args: string[]): { status: number | null; stderr: string; lines: Rebuilt[] } {
	const run = spawnSync(PYTHON as string, [SCRIPT, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
	return {
		status: run.status,
		stderr: run.stderr,
		lines: run.stdout
			.split("\n")
			.filter(Boolean)
			.map((line) => JSON.parse(line)),
	};
}

describe.skipIf(PYTHON === undefined)("scripts/rebuild.py", () => {
	it("rebuilds the bytes of every request the method sent, in any defence and branch, and agrees with every decision", {
		timeout: 60_000,
	}, async () => {
		const folder = temporaryFolder();
		const path = join(folder, "a.safethink.jsonl");
		writeFileSync(join(folder, "remote.png"), IMAGE);
		const { bodies, interrupted, branches } = await writeRun(path);
		const report = await checkRun(path);
		expect(report.problems).toEqual([]);
		const { status, stderr, lines } = rebuild(path, folder, "--json");
		expect(stderr).toMatch(/ 0 differences/);
		expect(status).toBe(0);
		expect(branches).toBeGreaterThan(3);
		expect(new Set(lines.map((line) => line.trace)).size).toBe(
			[...bodies.values()].filter((asked) => asked.length > 0).length + interrupted.size,
		);
		for (const [trace, expected] of bodies) {
			const got = lines.filter((line) => line.trace === trace).map((line) => line.body);
			expect(got.sort(), trace).toEqual(expected.sort());
		}
		expect(lines.some((line) => line.kind === "policy.first") && lines.some((line) => line.kind === "scorer.2")).toBe(true);
	});

	it("exits with 1 when a text, a decision, a reward or an image was changed", async () => {
		const folder = temporaryFolder();
		const path = join(folder, "a.safethink.jsonl");
		const image = join(folder, "remote.png");
		writeFileSync(image, IMAGE);
		await writeRun(path);
		const whole = readFileSync(path, "utf8");
		const lines = whole.split("\n");
		const accepted = lines.findIndex((line) => line.includes('"step.accepted"') && line.includes('"reason":"last"'));
		const proposed = lines.findIndex((line) => line.includes('"step.proposed"'));
		const scored = lines.findIndex(
			(line, index) => line.includes('"step.scored"') && lines[index + 1]?.includes('"reason":"reached"'),
		);
		const changes: [number, (line: string) => string][] = [
			[accepted, (line) => line.replace('"reason":"last"', '"reason":"best"')],
			[proposed, (line) => line.replace('"text":"', '"text":"x')],
			[scored, (line) => line.replace(/"reward":[-0-9.]+/, '"reward":-1')],
			[scored, () => "garbage"],
		];
		for (const [index, change] of changes) {
			const changed = lines.with(index, change(lines[index] as string));
			expect(changed).not.toEqual(lines);
			writeFileSync(path, changed.join("\n"));
			expect(rebuild(path, folder), String(change)).toMatchObject({ status: 1 });
		}
		writeFileSync(path, `${whole}{"torn`);
		expect(rebuild(path, folder).status).toBe(0);
		writeFileSync(image, "another picture");
		expect(rebuild(path, folder)).toMatchObject({ status: 1, stderr: expect.stringContaining("not the image") });
	});

	it("finds images where the page does: in the prompt set's folder as the run records it, or beside the run", async () => {
		const [runs, set] = [temporaryFolder(), temporaryFolder()];
		const path = join(runs, "a.safethink.jsonl");
		await writeRun(path);
		expect(rebuild(path)).toMatchObject({ status: 1, stderr: expect.stringContaining("not the image") });
		writeFileSync(join(runs, "remote.png"), IMAGE);
		expect(rebuild(path)).toMatchObject({ status: 0 });
		rmSync(join(runs, "remote.png"));
		writeFileSync(join(set, "remote.png"), IMAGE);
		const whole = readFileSync(path, "utf8");
		const placed = whole.replace('"environment":{', `"environment":{"promptFolder":${JSON.stringify(set)},`);
		expect(placed).not.toBe(whole);
		writeFileSync(path, placed);
		expect(rebuild(path)).toMatchObject({ status: 0 });
	});

	it("helps where it is asked to, and without a run says how it is called", () => {
		const help = spawnSync(PYTHON as string, [SCRIPT, "--help"], { encoding: "utf8" });
		expect(help).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("IMAGE_FOLDER") });
		const bare = spawnSync(PYTHON as string, [SCRIPT], { encoding: "utf8" });
		expect(bare).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("IMAGE_FOLDER") });
	});

	it("stays within a hundred lines, so that it can be read", () => {
		expect(readFileSync(SCRIPT, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(100);
	});
});
