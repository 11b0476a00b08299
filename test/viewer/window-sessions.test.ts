/** Pages of a window that come and go faster than their runs are opened. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJournal } from "../../src/store/journal.ts";
import { Sessions } from "../../src/viewer/window/sessions.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER } from "../store/sample-run.ts";
import { ENVIRONMENT } from "./page.ts";

async function sessions() {
	const path = join(temporaryFolder(), "a.safethink.jsonl");
	(await openJournal(path, HEADER)).close();
	const open = { session: 1, path, permission: { run: true }, scorers: [] };
	return {
		open,
		made: new Sessions(
			(given) => ({ ...ENVIRONMENT, ...given }),
			() => undefined,
		),
	};
}

const INFO = { call: 1, method: "run.info", params: {} };

describe("a window's pages", () => {
	it("are answered as soon as they ask, though their run is still being opened", async () => {
		const { open, made } = await sessions();
		const opening = made.open(open);
		expect(await made.handle(1, INFO)).toMatchObject({ reply: 1, result: { name: "a.safethink.jsonl" } });
		await opening;
		await made.closeAll();
	});

	it("that are closed while their run is being opened are closed, and no run stays open unseen", async () => {
		const { open, made } = await sessions();
		const opening = made.open(open);
		await made.close(1);
		await opening;
		await expect(made.handle(1, INFO)).rejects.toMatchObject({ kind: "no-session" });
	});

	it("whose file is no run say so and leave nothing open", async () => {
		const { open, made } = await sessions();
		await expect(made.open({ ...open, path: `${open.path}.gone` })).rejects.toMatchObject({ kind: "no-file" });
		await expect(made.handle(1, INFO)).rejects.toMatchObject({ kind: "no-session" });
	});
});
