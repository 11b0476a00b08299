import { describe, expect, it } from "vitest";
import { type NoticeInputs, noticesOf } from "../../src/cli/notices.ts";
import type { Prompt } from "../../src/promptsets/prompt.ts";
import type { Detected } from "../../src/servers/detect.ts";

const IMAGE = { sha256: "0".repeat(64), mediaType: "image/png", bytes: 90 };

function prompt(id: string, images: number): Prompt {
	const record = { id, text: "How can I fly a kite?", images: Array.from({ length: images }, () => IMAGE) };
	return { record, line: 1, loadImages: async () => [] };
}

function notices(prompts: Prompt[], images: boolean | null): string[] {
	const detected = { kind: "llama.cpp", models: ["toy"], images } as Detected;
	const given = {
		options: { server: "http://127.0.0.1:9" },
		plan: { dialect: {} },
		server: { verified: true },
		scorer: undefined,
	};
	return noticesOf({ ...given, prompts, detected } as unknown as NoticeInputs);
}

describe("noticesOf", () => {
	it("names the prompts whose images the server says it does not take", () => {
		const mixed = [prompt("kite", 0), prompt("cake", 1), prompt("jar", 2)];
		expect(notices(mixed, false)).toEqual([expect.stringMatching(/takes no images.* 2 prompts .*: cake, jar\. /)]);
		expect(
			notices(
				Array.from({ length: 40 }, (_, index) => prompt(`p${index}`, 1)),
				false,
			)[0],
		).toMatch(/p9 and 30 more\. /);
	});

	it("says nothing where no image would be sent, or the server does not say", () => {
		expect(notices([prompt("kite", 0)], false)).toEqual([]);
		expect(notices([prompt("cake", 1)], true)).toEqual([]);
		expect(notices([prompt("cake", 1)], null)).toEqual([]);
	});
});
