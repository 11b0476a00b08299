/** The table of run options in docs/configuration.md. */
import { flagName } from "../src/cli/flags.ts";
import { type OptionJsonSchema, RUN_OPTION_NAMES, runOptionsJsonSchema } from "../src/cli/run-options.ts";

const BEGIN = "<!-- options: written by scripts/input-schemas.ts -->";
const END = "<!-- /options -->";

/** The page with its table brought up to date. @throws Error when the page has lost the table's marks. */
export function withOptionsTable(page: string): string {
	const [before, rest] = page.split(BEGIN);
	const after = rest?.split(END)[1];
	if (before === undefined || after === undefined) throw new Error("docs/configuration.md has lost the marks around its table");
	return `${before}${BEGIN}\n\n${optionsTable()}\n\n${END}${after}`;
}

function optionsTable(): string {
	const { properties } = runOptionsJsonSchema();
	const rows = RUN_OPTION_NAMES.map((option) => row(option, properties[option] as OptionJsonSchema));
	return ["| `safethink.yaml` | flag | values | default | what it is |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

function row(option: string, schema: OptionJsonSchema): string {
	const flag = option === "prompts" ? "argument `SET`" : `\`${flagName(option)}\``;
	const values = schema.enum?.map((value) => `\`${value}\``).join(", ") ?? kindOf(schema);
	const initial = schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
	return `| \`${option}\` | ${flag} | ${values} | ${initial} | ${(schema.description ?? "").replaceAll("|", "\\|")} |`;
}

function kindOf({ type }: OptionJsonSchema): string {
	const kinds: Record<string, string> = {
		string: "text",
		number: "number",
		integer: "whole number",
		boolean: "true, false",
		array: "list",
	};
	return type === undefined ? "text or mapping" : (kinds[type] ?? type);
}
