import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runFileSchema } from "../../scripts/schema.ts";
import { eventSchema } from "../../src/trace/events.ts";

const docs = new URL("../../docs/", import.meta.url);

describe("the documents of the run file", () => {
	it("hold the schema the code has now (node scripts/schema.ts)", () => {
		const written = JSON.parse(readFileSync(new URL("run-file.schema.json", docs), "utf8"));
		expect(written).toEqual(JSON.parse(JSON.stringify(runFileSchema())));
	});

	it("explain every event type and each of its fields", () => {
		const page = readFileSync(new URL("run-file.md", docs), "utf8");
		for (const { shape } of eventSchema.options) {
			const row = page.split("\n").find((line) => line.startsWith(`| \`${shape.type.value}\` |`));
			for (const field of Object.keys(shape).filter((name) => !["type", "id", "time", "traceId"].includes(name))) {
				expect(row, `${shape.type.value}.${field}`).toContain(`\`${field}\``);
			}
		}
	});
});
