/** `npm run bench`: the figures of docs/benchmarks.md, each a ratio measured in one run. `-- NAME` runs one. */
import { performance } from "node:perf_hooks";
import { applyEvent, emptyRun } from "../src/trace/fold.ts";
import { bareFetch, ours, stepByStep } from "./clients.ts";
import { longTrace } from "./long-trace.ts";
import { type Counts, startReplay } from "./replay.ts";

interface Measured extends Counts {
	seconds: number;
	/** CPU time of this process. */
	clientCpu: number;
	/** CPU time of the server's process, of one core: what is left of it is its headroom. */
	serverCpu: number;
	bytes: number;
	peakMb: number;
}

const ROUNDS = 3;

async function measured(counts: () => Promise<Counts>, work: () => Promise<number | undefined>): Promise<Measured> {
	const before = await counts();
	const cpu = process.cpuUsage();
	const start = performance.now();
	let peak = 0;
	const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
	const bytes = (await work()) ?? 0;
	clearInterval(watch);
	const seconds = (performance.now() - start) / 1000;
	const used = process.cpuUsage(cpu);
	const after = await counts();
	return {
		...after,
		seconds,
		bytes,
		clientCpu: (used.user + used.system) / 1e6,
		serverCpu: after.cpuSeconds - before.cpuSeconds,
		peakMb: peak / 1e6,
	};
}

function median(values: number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Median and range of a ratio over paired rounds. */
function ratio(name: string, pairs: [Measured, Measured][], of: (one: Measured) => number): void {
	const ratios = pairs.map(([a, b]) => of(a) / of(b));
	console.log(
		`  ${name.padEnd(62)} ${median(ratios).toFixed(3)}  (${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}, ${ratios.length} rounds)`,
	);
}

/** SafeThink on traces that stay safe, with a scorer that takes as long as a step. */
async function safeTraces(): Promise<void> {
	const pace = { steps: 10, tokensPerStep: 30, tokensPerSecond: 100, prefillMs: 40, scorerMs: 300 };
	const replay = await startReplay(pace);
	const run = (work: () => Promise<number | undefined>) => measured(replay.counts, work);
	const pairs: Record<"steered" | "stepwise", [Measured, Measured][]> = { steered: [], stepwise: [] };
	for (let round = 0; round < ROUNDS; round++) {
		const plain = await run(() => ours({ url: replay.url, defence: "none", traces: 4, concurrency: 4, scored: false }));
		pairs.steered.push([
			await run(() => ours({ url: replay.url, defence: "safethink", traces: 4, concurrency: 4, scored: true })),
			plain,
		]);
		pairs.stepwise.push([await run(async () => void (await stepByStep(replay.url, 4, 4))), plain]);
	}
	replay.stop();
	console.log(
		`\nTraces that stay safe: ${pace.steps} steps of ${pace.tokensPerStep} tokens at ${pace.tokensPerSecond}/s, scorer ${pace.scorerMs} ms, over plain generation`,
	);
	ratio("policy requests, SafeThink", pairs.steered, (one) => one.policyRequests);
	ratio("policy requests, asking step by step", pairs.stepwise, (one) => one.policyRequests);
	ratio("wall time, SafeThink", pairs.steered, (one) => one.seconds);
	ratio("wall time, asking step by step", pairs.stepwise, (one) => one.seconds);
	console.log(
		`  bytes of journal a token: ${median(pairs.steered.map(([one]) => one.bytes / one.tokens)).toFixed(1)} (SafeThink), ${median(pairs.steered.map(([, one]) => one.bytes / one.tokens)).toFixed(1)} (plain)`,
	);
}

/** 256 traces at once against a bare fetch loop, at a pace the server can hold. */
async function manyTraces(): Promise<void> {
	const concurrency = 256;
	const pace = { steps: 10, tokensPerStep: 30, tokensPerSecond: 20, prefillMs: 40, scorerMs: 100 };
	const replay = await startReplay(pace);
	const run = (work: () => Promise<number | undefined>) => measured(replay.counts, work);
	const pairs: [Measured, Measured][] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const bare = await run(async () => void (await bareFetch(replay.url, concurrency, concurrency)));
		pairs.push([
			await run(() => ours({ url: replay.url, defence: "safethink", traces: concurrency, concurrency, scored: true })),
			bare,
		]);
	}
	replay.stop();
	console.log(
		`\n${concurrency} traces at once at ${pace.tokensPerSecond} tokens/s each, scored step by step, over a bare fetch loop without scorer`,
	);
	ratio("token throughput", pairs, (one) => one.tokens / one.seconds);
	ratio("client CPU a token", pairs, (one) => one.clientCpu / one.tokens);
	const [mine, bare] = pairs.at(-1) as [Measured, Measured];
	console.log(
		`  tokens a second: ${(mine.tokens / mine.seconds).toFixed(0)} against ${(bare.tokens / bare.seconds).toFixed(0)}; client CPU: ${((mine.clientCpu / mine.tokens) * 1e6).toFixed(0)} µs a token against ${((bare.clientCpu / bare.tokens) * 1e6).toFixed(0)} µs`,
	);
	console.log(
		`  headroom: the server used ${((100 * bare.serverCpu) / bare.seconds).toFixed(0)} % of its core, the client ${((100 * mine.clientCpu) / mine.seconds).toFixed(0)} % of its own; peak memory ${mine.peakMb.toFixed(0)} MB against ${bare.peakMb.toFixed(0)} MB`,
	);
}

/** Folding a long trace, over parsing its lines as JSON; and over a trace of half its length, which tells whether it is linear. */
function folding(): void {
	const long = longTrace(5000, 4);
	const half = longTrace(2500, 4);
	const time = (work: () => void) => {
		const start = performance.now();
		work();
		return performance.now() - start;
	};
	const fold = (lines: string[]) => {
		const run = emptyRun();
		for (const line of lines) applyEvent(run, JSON.parse(line));
	};
	const rounds = Array.from({ length: 7 }, () => ({
		fold: time(() => fold(long)),
		half: time(() => fold(half)),
		parse: time(() => long.forEach((line) => JSON.parse(line))),
	})).slice(2);
	console.log(
		`\nFolding a trace of 5,000 steps and 20,000 attempts (${long.length} events, ${(long.join("\n").length / 1e6).toFixed(1)} MB)`,
	);
	console.log(
		`  reading and folding, over parsing its lines as JSON alone:       ${median(rounds.map((round) => round.fold / round.parse)).toFixed(2)}`,
	);
	console.log(
		`  5,000 steps over 2,500 (linear: 2):                              ${median(rounds.map((round) => round.fold / round.half)).toFixed(2)}`,
	);
}

const benches: Record<string, () => Promise<void> | void> = { safe: safeTraces, many: manyTraces, fold: folding };
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
	const bench = benches[name];
	if (!bench) throw new Error(`no bench ${name}; there are ${Object.keys(benches).join(", ")}`);
	await bench();
}
