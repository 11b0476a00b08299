/** Writes what is generated about the files that users write: their JSON Schemas, and the table in docs/configuration.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../src/cli/check-config.ts";
import { promptLineJsonSchema } from "../src/promptsets/schema.ts";
import { withOptionsTable } from "./options-table.ts";

const docs = new URL("../docs/", import.meta.url);
const schemas = { "prompt-set": promptLineJsonSchema(), safethink: configJsonSchema() };
for (const [name, schema] of Object.entries(schemas)) {
	writeFileSync(new URL(`${name}.schema.json`, docs), `${JSON.stringify(schema, null, "\t")}\n`);
}
const page = new URL("configuration.md", docs);
writeFileSync(page, withOptionsTable(readFileSync(page, "utf8")));
