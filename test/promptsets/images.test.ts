import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ImageError, inspectImage } from "../../src/promptsets/image.ts";
import { loadPromptSet, PromptSetError } from "../../src/promptsets/load.ts";
import { dataUrl, type Prompt, promptContent } from "../../src/promptsets/prompt.ts";
import { sha256 } from "../../src/trace/hash.ts";
import { GIF, JPEG, png, pngClaiming, WEBP_LOSSLESS, WEBP_LOSSY } from "./images.ts";

let root: string;
let folder: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "promptset-"));
	folder = join(root, "set");
	mkdirSync(join(folder, "images"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array | string): void {
	writeFileSync(join(folder, name), bytes);
}
/** Loads a set of one prompt with these images. */
async function load(images: string[], options: Parameters<typeof loadPromptSet>[1] = {}) {
	write("toy.prompts.jsonl", `${JSON.stringify({ id: "remote-1", text: "What could one do with this?", images })}\n`);
	return loadPromptSet(join(folder, "toy.prompts.jsonl"), options);
}
const codes = (set: Awaited<ReturnType<typeof load>>) => set.problems.map((problem) => `${problem.severity} ${problem.code}`);
function inspectKind(bytes: Uint8Array): string {
	try {
		inspectImage(bytes, "it");
		return "fine";
	} catch (error) {
		if (!(error instanceof ImageError)) throw error;
		return error.kind;
	}
}

describe("inspectImage", () => {
	it.each([
		["PNG", png(3, 2), "image/png"],
		["JPEG", JPEG, "image/jpeg"],
		["GIF", GIF, "image/gif"],
		["lossy WebP", WEBP_LOSSY, "image/webp"],
		["lossless WebP", WEBP_LOSSLESS, "image/webp"],
	])("finds format and size of a %s", (_, bytes, mediaType) => {
		expect(inspectImage(bytes, "it")).toEqual({ mediaType, width: 3, height: 2, warnings: [] });
	});

	it.each([
		["PNG", png(3, 2)],
		["JPEG", JPEG],
		["GIF", GIF],
		["WebP", WEBP_LOSSY],
	])("notices that a %s is cut off", (_, bytes) => {
		expect(inspectImage(bytes.subarray(0, bytes.length - 12), "it").warnings).toHaveLength(1);
	});

	it.each([
		["SVG", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', /SVG/],
		["HTML", "<!DOCTYPE html><p>not found", /HTML/],
		["BMP", "BM......", /BMP/],
		["LFS pointer", "version https://git-lfs.github.com/spec/v1\n", /git lfs pull/],
		["noise", "hello", /something else/],
	])("refuses %s and says what it is", (_, text, message) => {
		expect(() => inspectImage(Buffer.from(text), "it")).toThrow(message);
		expect(inspectKind(Buffer.from(text))).toBe("image-format");
	});

	it("refuses too many pixels from the header alone", () => {
		expect(inspectKind(pngClaiming(60_000, 60_000))).toBe("image-pixels");
		expect(inspectKind(pngClaiming(8_000, 5_000))).toBe("fine");
		expect(inspectKind(pngClaiming(0, 5))).toBe("image-damaged");
	});

	it("ends in facts or in an ImageError whatever the bytes behind a known start", () => {
		const starts = [png(1, 1).subarray(0, 8), JPEG.subarray(0, 3), GIF.subarray(0, 6), WEBP_LOSSY.subarray(0, 16)];
		fc.assert(
			fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
				expect(inspectKind(Buffer.concat([start, rest]))).toMatch(/^(fine|image-)/);
			}),
			{ numRuns: 500 },
		);
	});
});

describe("images of a prompt set", () => {
	it("are checked, recorded and read again when needed", async () => {
		const bytes = png(5, 4);
		write("images/remote.png", bytes);
		const url = dataUrl({ mediaType: "image/jpeg", bytes: JPEG });
		const set = await load(["images/remote.png", url, "./images/../images/remote.png"]);
		expect(set.problems).toEqual([]);
		const file = {
			path: "images/remote.png",
			sha256: sha256(bytes),
			mediaType: "image/png",
			bytes: bytes.length,
			width: 5,
			height: 4,
		};
		expect(set.prompts[0]?.record.images).toEqual([
			file,
			{ sha256: sha256(JPEG), mediaType: "image/jpeg", bytes: JPEG.length, width: 3, height: 2 },
			file,
		]);
		const content = await promptContent(set.prompts[0] as Prompt);
		expect(content.images.map((image) => sha256(image.bytes))).toEqual([sha256(bytes), sha256(JPEG), sha256(bytes)]);
		expect(content).not.toHaveProperty("system");
	});

	it("that have changed since the check are refused", async () => {
		write("a.png", png(5, 4, 10));
		const set = await load(["a.png"]);
		write("a.png", png(5, 4, 11));
		await expect(set.prompts[0]?.loadImages()).rejects.toMatchObject({ kind: "image-changed" });
		rmSync(join(folder, "a.png"));
		await expect(set.prompts[0]?.loadImages()).rejects.toMatchObject({ kind: "image-missing" });
	});

	it("are known by content: a wrong extension is only a warning", async () => {
		write("a.png", JPEG);
		const set = await load(["a.png", dataUrl({ mediaType: "image/png", bytes: GIF })]);
		expect(codes(set)).toEqual(["warning image-doubtful", "warning image-doubtful"]);
		expect(set.prompts[0]?.record.images.map((image) => image.mediaType)).toEqual(["image/jpeg", "image/gif"]);
	});

	it("may be data URLs as long as the limit, and a wrong letter in them is seen", async () => {
		const bytes = Buffer.concat([png(2, 2), Buffer.alloc(19_000_000)]);
		const url = dataUrl({ mediaType: "image/png", bytes });
		expect((await load([url])).prompts[0]?.record.images[0]?.bytes).toBe(bytes.length);
		expect(codes(await load([`${url.slice(0, -4)}A*AA`]))).toEqual(["error image-data-url"]);
	});

	it.each([
		["empty", "", "image-empty"],
		["text", "no image", "image-format"],
		["damaged", "\u0089PNG\r\n\u001a\n", "image-damaged"],
	])("that are %s are refused", async (_, content, code) => {
		write("a.png", Buffer.from(content, "latin1"));
		const set = await load(["a.png"]);
		expect(codes(set)).toEqual([`error ${code}`]);
		expect(set.prompts).toEqual([]);
	});

	it("over the limit are refused before they are read", async () => {
		write("a.png", png(5, 4));
		truncateSync(join(folder, "a.png"), 5_000_000_000);
		expect(codes(await load(["a.png"]))).toEqual(["error image-size"]);
		const big = `data:image/png;base64,${"AAAA".repeat(30)}`;
		expect(codes(await load([big], { limits: { maxBytes: 50, maxPixels: 100 } }))).toEqual(["error image-size"]);
		write("b.png", png(11, 10));
		expect(codes(await load(["b.png"], { limits: { maxBytes: 5_000, maxPixels: 100 } }))).toEqual(["error image-pixels"]);
	});

	it("stay inside the folder, symbolic links resolved, unless allowed", async () => {
		writeFileSync(join(root, "outside.png"), png(2, 2));
		symlinkSync(join(root, "outside.png"), join(folder, "link.png"));
		symlinkSync(root, join(folder, "up"));
		mkdirSync(join(root, "set-beside"));
		writeFileSync(join(root, "set-beside", "a.png"), png(2, 2));
		const ways = [
			"../outside.png",
			"link.png",
			"up/outside.png",
			"../set-beside/a.png",
			"images/../../outside.png",
			join(root, "outside.png"),
		];
		expect(codes(await load(ways))).toEqual(ways.map(() => "error image-outside"));
		const allowed = await load(ways, { allowOutside: true });
		expect(allowed.problems).toEqual([]);
		expect(allowed.prompts[0]?.record.images.map((image) => image.path).at(-1)).toBe("../outside.png");
	});

	it("may be links inside a folder that is a link itself", async () => {
		write("images/a.png", png(2, 2));
		symlinkSync(join(folder, "images/a.png"), join(folder, "b.png"));
		await load(["b.png"]);
		symlinkSync(folder, join(root, "linked"));
		expect((await loadPromptSet(join(root, "linked", "toy.prompts.jsonl"))).problems).toEqual([]);
	});

	it.runIf(process.platform !== "win32")("are plain files: a pipe is refused rather than waited for", async () => {
		execFileSync("mkfifo", [join(folder, "pipe.png")]);
		expect(codes(await load(["pipe.png"]))).toEqual(["error image-unreadable"]);
	});

	it.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
		"that may not be read are said to be unreadable",
		async () => {
			write("a.png", png(2, 2));
			chmodSync(join(folder, "a.png"), 0);
			expect(codes(await load(["a.png"]))).toEqual(["error image-unreadable"]);
		},
	);

	it("may be named ..dots.png", async () => {
		write("..dots.png", png(2, 2));
		expect((await load(["..dots.png"])).problems).toEqual([]);
	});
});

describe("loadPromptSet", () => {
	it("names the set by its bytes", async () => {
		write("a.prompts.jsonl", '{"id":"a","text":"x"}\r\n');
		expect((await loadPromptSet(join(folder, "a.prompts.jsonl"))).sha256).toBe(sha256('{"id":"a","text":"x"}\r\n'));
	});
	it.each([
		["missing.prompts.jsonl", "set-missing"],
		["images", "set-unreadable"],
	])("refuses %s", async (name, kind) => {
		const error = await loadPromptSet(join(folder, name)).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(PromptSetError);
		expect(error).toMatchObject({ kind, remedy: expect.any(String) });
	});
});
