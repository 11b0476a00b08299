import { expect, test } from "vitest";
import type { Request } from "../../src/contract/wire.ts";
import { RunClient } from "../../webview/core/run-client.ts";

function client(answer: (request: Request) => object) {
	const sent: Request[] = [];
	let hear: (message: unknown) => void = () => undefined;
	const run = new RunClient({
		send(message) {
			sent.push(message);
			queueMicrotask(() => hear({ reply: message.call, ...answer(message) }));
		},
		listen(onMessage) {
			hear = onMessage;
			return () => undefined;
		},
		load: () => null,
		save: () => undefined,
	});
	return { run, sent, notice: (revision: number) => hear({ notice: "changed", revision }) };
}

const RESULT = { result: { rows: [], total: 0, matched: 0, from: 0, revision: 1 } };

test("equal questions that wait are asked once, others and later ones anew", async () => {
	const { run, sent, notice } = client(() => RESULT);
	const answers = [0, 0, 1].map((from) => run.ask("run.rows", { from, count: 1 }));
	notice(2);
	answers.push(run.ask("run.rows", { from: 0, count: 1 }));
	expect(sent).toHaveLength(3);
	await Promise.all(answers);
	await run.ask("run.rows", { from: 0, count: 1 });
	expect(sent).toHaveLength(4);
});

test("a refusal reaches all who asked, and the next asks again", async () => {
	const { run, sent } = client(() => ({ error: { kind: "no-trace", message: "gone", remedy: "look again" } }));
	const asked = () => run.ask("trace.tree", { traceId: "a" });
	const refused = await Promise.allSettled([asked(), asked()]);
	expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
	await expect(asked()).rejects.toThrow("gone");
	expect(sent).toHaveLength(2);
});

test("what is done is done as often as it is asked", async () => {
	const { run, sent } = client(() => RESULT);
	await Promise.all([run.call("run.rows", { from: 0, count: 1 }), run.call("run.rows", { from: 0, count: 1 })]);
	expect(sent).toHaveLength(2);
});

test("a host that finds the viewer gone and back has it said, and everything asked anew", () => {
	let told: (error?: { kind: string; message: string }) => void = () => undefined;
	const run = new RunClient({
		send: () => undefined,
		listen: () => () => undefined,
		load: () => null,
		save: () => undefined,
		watch: (onReached) => {
			told = onReached;
		},
	});
	const said: (string | undefined)[] = [];
	run.onReached = (error) => said.push(error?.message);
	let changes = 0;
	run.listen(() => changes++);
	told();
	const gone = { kind: "viewer-gone", message: "away" };
	told(gone);
	told(gone);
	expect([said, changes]).toEqual([["away"], 0]);
	told();
	expect([said, changes]).toEqual([["away", undefined], 1]);
});
