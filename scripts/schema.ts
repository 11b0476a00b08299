/** Writes docs/run-file.schema.json: the JSON Schema of one line of a run file. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { eventSchema } from "../src/trace/events.ts";

/** JSON Schema (draft 2020-12) of an event of a known type. */
export function runFileSchema(): object {
	const schema = z.toJSONSchema(eventSchema, { target: "draft-2020-12", io: "input" });
	return {
		title: "One line of a *.safethink.jsonl file",
		description: "Event types that are not listed are kept and ignored.",
		...schema,
	};
}

if (import.meta.main)
	writeFileSync(new URL("../docs/run-file.schema.json", import.meta.url), `${JSON.stringify(runFileSchema(), null, "\t")}\n`);
