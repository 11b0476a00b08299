import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { openJournal } from "../../src/store/journal.ts";
import type { EventDraft, ImageReference } from "../../src/trace/events.ts";
import { sha256 } from "../../src/trace/hash.ts";
import { ROOT } from "../e2e/cli.ts";
import { temporaryFolder } from "../store/folder.ts";
import { HEADER, steeredTrace } from "../store/sample-run.ts";
import { openPage, type TestPage } from "./page.ts";

const CAKE = readFileSync(join(ROOT, "samples", "images", "cake.png"));
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

function reference(bytes: Buffer, rest: Partial<ImageReference>): ImageReference {
	return { sha256: sha256(bytes), mediaType: "image/png", bytes: bytes.length, ...rest };
}

/** A page on a run whose one prompt has these images. */
async function pageWith(path: string, images: ImageReference[], promptFolder?: string): Promise<TestPage> {
	const environment = promptFolder === undefined ? {} : { promptFolder };
	const journal = await openJournal(path, { ...HEADER, environment });
	const [started, ...rest] = steeredTrace("a", 2).drafts;
	if (started?.type !== "trace.started") throw new Error("no start");
	for (const draft of [{ ...started, prompt: { ...started.prompt, images } }, ...rest] as EventDraft[]) journal.append(draft);
	journal.close();
	const page = await openPage(path);
	await page.read();
	return page;
}

describe("an image", () => {
	it("comes from the prompt set's folder, from beside the run, or from the run itself", async () => {
		const [set, runs] = [temporaryFolder(), temporaryFolder()];
		writeFileSync(join(set, "cake.png"), CAKE);
		const path = join(runs, "a.safethink.jsonl");
		const flower = readFileSync(join(ROOT, "samples", "images", "flower.png"));
		copyFileSync(join(ROOT, "samples", "images", "flower.png"), join(runs, "flower.png"));
		const clock = readFileSync(join(ROOT, "samples", "images", "clock.png"));
		const images = [
			reference(CAKE, { path: "cake.png" }),
			reference(flower, { path: "flower.png" }),
			reference(clock, { data: clock.toString("base64") }),
		];
		const page = await pageWith(path, images, set);
		for (const bytes of [CAKE, flower, clock]) {
			const image = await page.ask("image", { sha256: sha256(bytes) });
			expect(image).toEqual({ mediaType: "image/png", data: bytes.toString("base64") });
		}
		expect((await page.ask("trace.head", { traceId: "a" })).images.map(({ path }) => path)).toEqual([
			"cake.png",
			"flower.png",
			undefined,
		]);
	});

	it("is refused when the run does not record it, when it is gone or changed, lies outside, or is no picture", async () => {
		const folder = temporaryFolder();
		const inside = join(folder, "inside");
		mkdirSync(inside);
		writeFileSync(join(folder, "secret.png"), CAKE);
		symlinkSync(join(folder, "secret.png"), join(inside, "link.png"));
		writeFileSync(join(inside, "changed.png"), CAKE);
		writeFileSync(join(inside, "drawing.png"), SVG);
		const flower = readFileSync(join(ROOT, "samples", "images", "flower.png"));
		const glue = readFileSync(join(ROOT, "samples", "images", "glue.png"));
		const balloon = readFileSync(join(ROOT, "samples", "images", "balloon.png"));
		// A picture of 50,000 × 50,000 pixels in some bytes.
		const bomb = Buffer.from(CAKE);
		bomb.writeUInt32BE(50_000, 16);
		bomb.writeUInt32BE(50_000, 20);
		const images = [
			reference(flower, { path: "changed.png" }),
			reference(SVG, { path: "drawing.png" }),
			reference(bomb, { data: bomb.toString("base64") }),
			reference(glue, { path: "gone.png" }),
			reference(CAKE, { path: "../secret.png" }),
			reference(balloon, { data: CAKE.toString("base64") }),
		];
		const page = await pageWith(join(inside, "a.safethink.jsonl"), images);
		const kind = (bytes: Buffer) => page.ask("image", { sha256: sha256(bytes) }).catch((error) => error.kind);
		expect(await kind(Buffer.from("another"))).toBe("not-an-image");
		expect(await kind(flower)).toBe("image-changed");
		expect(await kind(SVG)).toBe("image-format");
		expect(await kind(bomb)).toBe("image-pixels");
		expect(await kind(glue)).toBe("image-gone");
		expect(await kind(CAKE)).toBe("image-gone");
		expect(await kind(balloon)).toBe("image-changed");
		const linked = await pageWith(join(inside, "b.safethink.jsonl"), [reference(CAKE, { path: "link.png" })]);
		await expect(linked.ask("image", { sha256: sha256(CAKE) })).rejects.toMatchObject({ kind: "image-gone" });
	});

	it("is not looked for on another machine, nor relative to where the viewer runs", async () => {
		const set = temporaryFolder();
		writeFileSync(join(set, "cake.png"), CAKE);
		const samples = relative(process.cwd(), join(ROOT, "samples", "images"));
		for (const folder of [`/${set}`, `\\\\${set}`, samples]) {
			const page = await pageWith(join(temporaryFolder(), "a.safethink.jsonl"), [reference(CAKE, { path: "cake.png" })], folder);
			await expect(page.ask("image", { sha256: sha256(CAKE) }), folder).rejects.toMatchObject({ kind: "image-gone" });
		}
	});
});
