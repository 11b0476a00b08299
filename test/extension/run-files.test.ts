import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ViewerChild } from "../../src/extension/child.ts";
import { cliProcess } from "../../src/extension/cli-process.ts";
import { filesOfRun, isSibling, reasonWithout } from "../../src/extension/run-files.ts";
import { ROOT } from "../e2e/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "safethink-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the files of a run: its own the last, and none of a neighbour", () => {
	const own = [
		"a.0123456789ab.safethink.jsonl",
		"a.0123456789ab.safethink.summaries",
		"a.0123456789ab.safethink.jsonl.lock",
		"a.safethink.summaries",
		"a.safethink.jsonl.lock",
		"a.safethink.jsonl",
	];
	const others = [
		"a.b.0123456789ab.safethink.jsonl",
		"a.0123456789abc.safethink.jsonl",
		"aa.0123456789ab.safethink.jsonl",
		"a.prompts.jsonl",
		"aa.safethink.jsonl",
	];
	for (const name of [...own, ...others]) writeFileSync(join(folder, name), "");
	const found = filesOfRun(join(folder, "a.safethink.jsonl")).map((file) => basename(file));
	expect(found.toSorted()).toEqual(own.toSorted());
	expect(found.at(-1)).toBe("a.safethink.jsonl");
	expect(found.filter((name) => isSibling(name))).toEqual(["a.0123456789ab.safethink.jsonl"]);
});

describe("why a file is no run", () => {
	test("begins with the reason, whatever is wrong", async () => {
		const [broken, foreign, newer] = ["broken", "foreign", "newer"].map((name) => join(folder, `${name} run.safethink.jsonl`));
		writeFileSync(broken ?? "", "no run\n");
		const header = { type: "run.started", id: "aaaaaaaaaaaa-1", time: "2026-01-01T00:00:00.000Z" };
		writeFileSync(foreign ?? "", `${JSON.stringify(header)}\n`);
		writeFileSync(newer ?? "", `${JSON.stringify({ ...header, format: 99 })}\n`);
		const child = new ViewerChild(cliProcess(ROOT, ["viewer"]), {
			onNotice: () => undefined,
			onLog: () => undefined,
			onEnd: () => undefined,
		});
		const paths = [broken, foreign, newer, join(folder, "gone.safethink.jsonl")] as string[];
		const { runs } = await child.call("runs", { paths });
		await child.stop();
		const reasons = runs.map(({ path, error }) => reasonWithout(path, error?.message ?? ""));
		expect(reasons).toEqual([
			"no run file: its first line is no run.started event",
			expect.stringMatching(/^line 1 is no run.started event: /),
			expect.stringMatching(/^has format 99/),
			"there is no run file",
		]);
	});
});
