import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkLine } from "../../src/promptsets/check-line.ts";

const read = (name: string) =>
	JSON.parse(readFileSync(new URL(`../../media/language/prompts.${name}.json`, import.meta.url), "utf8"));

it.each(Object.entries(read("snippets") as Record<string, { body: string }>))(
	"snippet %s is a prompt once it is filled in",
	(_, { body }) => {
		const filled = body.replaceAll(/\$\{\d\|(\w+)[^}]*\}|\$\{\d:([^}]*)\}|\$\d/g, (_match, first, text) => first ?? text ?? "x");
		expect(checkLine(filled, 1).problems).toEqual([]);
	},
);
