/** The window's child through its real process: answers, refusals, and its end. Needs `npm run build`. */
import { expect, test } from "vitest";
import { ViewerChild } from "../../src/extension/child.ts";
import { cliProcess } from "../../src/extension/cli-process.ts";
import { ROOT } from "../e2e/cli.ts";

function startChild() {
	const ends: { asked: boolean; how: string }[] = [];
	const events = {
		onNotice: () => undefined,
		onLog: () => undefined,
		onEnd: (end: (typeof ends)[number]) => void ends.push(end),
	};
	return { child: new ViewerChild(cliProcess(ROOT, ["viewer"]), events), ends };
}

test("it answers, refuses with a reason, and ends when asked", async () => {
	const { child, ends } = startChild();
	expect(await child.call("runs", { paths: ["/nowhere/a.safethink.jsonl"] })).toMatchObject({
		runs: [{ error: { kind: "no-file" } }],
	});
	await expect(child.call("page", { session: 7, message: {} })).rejects.toMatchObject({ kind: "no-session" });
	await child.stop();
	expect(ends).toEqual([{ asked: true, how: "exit code 0" }]);
});

test("when it is killed, what waits for an answer is refused, and so is what comes later", async () => {
	const { child, ends } = startChild();
	await child.call("keys", { keys: {} });
	const waiting = child.call("embedded", {});
	process.kill(child.pid ?? 0, "SIGKILL");
	await expect(waiting).rejects.toMatchObject({ kind: "viewer-ended", remedy: expect.any(String) });
	expect(ends).toEqual([{ asked: false, how: "signal SIGKILL" }]);
	await expect(child.call("runs", { paths: [] })).rejects.toMatchObject({ kind: "viewer-ended" });
});
