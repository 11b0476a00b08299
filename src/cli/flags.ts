/** The flags of `safethink run`, made from the run's options. */
import { type Command, Option } from "commander";
import { type OptionJsonSchema, RUN_OPTION_NAMES, type RunOptionName, runOptionsJsonSchema } from "./run-options.ts";

/** `topP` → `--top-p`. */
export function flagName(option: string): string {
	return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Adds a flag for every run option; the prompt set is an argument instead. */
export function addRunFlags(command: Command): Command {
	const { properties } = runOptionsJsonSchema();
	for (const option of RUN_OPTION_NAMES) {
		if (option === "prompts") continue;
		const schema = properties[option] as OptionJsonSchema;
		command.addOption(toFlag(option, schema));
		// Without a value for "off", a file's `true` could not be overruled.
		if (schema.type === "boolean") command.addOption(new Option(flagName(option).replace("--", "--no-")).hideHelp());
	}
	return command;
}

function toFlag(option: RunOptionName, schema: OptionJsonSchema): Option {
	const description = `${schema.description}${schema.default === undefined || schema.type === "boolean" ? "" : ` Default: ${JSON.stringify(schema.default)}.`}`;
	if (schema.type === "boolean") return new Option(flagName(option), description);
	const flag = new Option(`${flagName(option)} <${placeholder(schema)}>`, description);
	if (schema.type === "array")
		flag.argParser<string[]>((value, earlier) => [...(earlier ?? []), ...(option === "defence" ? value.split(",") : [value])]);
	return flag;
}

function placeholder(schema: OptionJsonSchema): string {
	if (schema.enum !== undefined) return schema.enum.join("|");
	if (schema.type === "number" || schema.type === "integer") return "number";
	return schema.type === "array" ? "name" : "text";
}

/**
 * Flags as the command line gives them, as values of the options' types. What is no number stays a text, for the schema to refuse.
 * Keys that are no run option (`--config`) are left out.
 */
export function flagValues(flags: Record<string, unknown>): Record<string, unknown> {
	const { properties } = runOptionsJsonSchema();
	const own = Object.entries(flags).filter(([option, value]) => option in properties && value !== undefined);
	return Object.fromEntries(
		own.map(([option, value]) => [
			option,
			typeof value === "string" ? toValue(option, value, properties[option] as OptionJsonSchema) : value,
		]),
	);
}

function toValue(option: string, text: string, schema: OptionJsonSchema): unknown {
	if (option === "prefix")
		return text.replaceAll(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t", "\\": "\\" })[letter] as string);
	const numeric = schema.type === "number" || schema.type === "integer";
	return numeric && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
