/** A scorer as text, `KIND,url=…,model=…,key=ENVIRONMENT_VARIABLE,more=…`, and the checking of its settings. */
import { z } from "zod";
import { shownUrl } from "../servers/url.ts";
import { SafeThinkError } from "../trace/errors.ts";
import { GUARDS } from "./guards.ts";
import type { ScorerSpec } from "./types.ts";

/** Every kind of scorer, in the order in which they are listed to a user. */
export const SCORER_KINDS: readonly string[] = ["classify", ...new Set(GUARDS.map((guard) => guard.kind)), "moderation", "http"];

/** A setting that is wrong; kind `bad-scorer`. It never quotes what may be a key. */
export function badScorer(message: string, remedy: string): SafeThinkError {
	return new SafeThinkError("bad-scorer", message, { remedy });
}

/**
 * Reads `KIND[,name=value…]`. A comma inside a value is written `\,`, a line end `\n`.
 * @throws SafeThinkError `bad-scorer` for an unknown kind, a missing url, a repeated or malformed setting, or a key given as itself.
 */
export function parseScorerSpec(text: string): ScorerSpec {
	const [kind = "", ...settings] = text.split(/(?<!\\),/).map((part) => part.trim());
	const options: Record<string, string> = {};
	for (const setting of settings) {
		const [name, value] = splitSetting(setting, kind);
		if (Object.hasOwn(options, name)) throw badScorer(`the scorer ${kind} has ${name} twice`, `leave one ${name}=…`);
		options[name] = value;
	}
	const { url, model, key, ...others } = options;
	const spec: ScorerSpec = {
		kind,
		options: others,
		...(url === undefined ? {} : { url }),
		...(model === undefined ? {} : { model }),
		...(key === undefined ? {} : { key }),
	};
	checkScorerSpec(spec);
	return spec;
}

function splitSetting(setting: string, kind: string): [name: string, value: string] {
	const at = setting.indexOf("=");
	if (at < 1)
		throw badScorer(
			`a setting of the scorer ${kind} is not of the form name=value`,
			"write KIND,url=…,model=…; a comma inside a value is written \\,",
		);
	const value = setting
		.slice(at + 1)
		.replaceAll("\\,", ",")
		.replaceAll("\\n", "\n");
	return [setting.slice(0, at).trim(), value.trim()];
}

/** Checks kind, url and key's name, wherever the settings come from. @throws SafeThinkError `bad-scorer` */
export function checkScorerSpec(spec: ScorerSpec): void {
	if (!SCORER_KINDS.includes(spec.kind)) {
		throw badScorer(
			`there is no scorer of kind ${JSON.stringify(spec.kind.slice(0, 40))}`,
			`did you mean ${nearest(spec.kind, SCORER_KINDS)}? Kinds: ${SCORER_KINDS.join(", ")}`,
		);
	}
	if (spec.url === undefined || spec.url === "")
		throw badScorer(`the scorer ${spec.kind} has no url`, `write ${spec.kind},url=http://HOST:PORT`);
	if (!/^https?:\/\/[^/]/.test(spec.url))
		throw badScorer(`the url of the scorer ${spec.kind} is no http address: ${shownUrl(spec.url)}`, "write url=http://HOST:PORT");
	if (spec.key !== undefined && !isVariableName(spec.key)) {
		throw badScorer(
			`key= of the scorer ${spec.kind} is not the name of an environment variable`,
			"put the key into a variable, for example SCORER_KEY, and write key=SCORER_KEY; if this was a key, it may now be in your shell's history",
		);
	}
}

/** Names in capitals, and others that do not look like a key: known beginnings, or longer than a name is. */
function isVariableName(name: string): boolean {
	if (/^AKIA[A-Z0-9]{12,}$/.test(name)) return false;
	if (/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) return true;
	const looksLikeKey = /^(sk|hf|gsk|ghp|xai|nvapi|eyJ|api|key)[_-]?[A-Za-z0-9]{12,}/.test(name) || name.length > 32;
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !looksLikeKey;
}

/** A decimal number in a setting. */
export const numberSetting = z
	.string()
	.regex(/^-?\d+(\.\d+)?(e-?\d+)?$/i, "is no number")
	.transform(Number);

/** Settings every kind takes. Times in seconds. */
export const commonSettings = {
	temperature: numberSetting.pipe(z.number().positive()).default(1),
	bias: numberSetting.default(0),
	timeout: numberSetting.pipe(z.number().positive().max(3600)).default(60),
	retries: numberSetting.pipe(z.number().int().min(0).max(10)).default(2),
};

/** Checks the settings of a kind. @throws SafeThinkError `bad-scorer` naming the setting, and the nearest known name for an unknown one. */
export function readSettings<S extends z.ZodRawShape>(spec: ScorerSpec, shape: S): z.infer<z.ZodObject<S>> {
	const known = Object.keys(shape);
	for (const name of Object.keys(spec.options)) {
		if (!known.includes(name))
			throw badScorer(
				`the scorer ${spec.kind} has no setting ${name}`,
				`did you mean ${nearest(name, known)}? Settings: url, model, key, ${known.join(", ")}`,
			);
	}
	const parsed = z.object(shape).safeParse(spec.options);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const name = String(issue?.path[0]);
	throw badScorer(
		`the setting ${name} of the scorer ${spec.kind} is wrong: ${issue?.message ?? "not allowed"}`,
		`see ${name} in docs/scorers.md`,
	);
}

/** The known name with the smallest edit distance to `name`. */
export function nearest(name: string, known: readonly string[]): string {
	const ranked = [...known].sort((a, b) => editDistance(name, a) - editDistance(name, b));
	return ranked[0] ?? "";
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (const [i, letter] of [...a].entries()) {
		const next = [i + 1];
		for (const [j, other] of [...b].entries()) {
			next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
		}
		row = next;
	}
	return row.at(-1) ?? 0;
}
