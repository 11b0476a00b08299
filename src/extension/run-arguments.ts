/** From settings to the arguments of `safethink run`; pure. */
import { basename, dirname, isAbsolute, join } from "node:path";
import { SafeThinkError } from "../trace/errors.ts";
import { scorerAddress } from "./origins.ts";
import type { RunSettings } from "./settings.ts";

/** What a CodeLens offers: the defence, generation without it, or both beside plain resampling. */
export type RunMode = "safethink" | "none" | "compare";
const DEFENCES: Record<RunMode, readonly string[]> = {
	safethink: ["safethink"],
	none: ["none"],
	compare: ["none", "resample", "safethink"],
};

export function isRunMode(value: unknown): value is RunMode {
	return typeof value === "string" && Object.hasOwn(DEFENCES, value);
}

export interface RunRequest {
	/** Path of the prompt set. */
	set: string;
	/** Path of the run file to write. */
	out: string;
	/** Ids of prompts; all when undefined. */
	ids: readonly string[] | undefined;
	mode: RunMode;
}

export interface RunInvocation {
	args: string[];
	/** Keys by the variables that the arguments name; they go over standard input. */
	keys: Record<string, string>;
}

/**
 * @param keyFor the key kept for an address's origin, if there is one.
 * @throws SafeThinkError `no-scorer` when the mode needs one and none is set.
 */
export async function runInvocation(
	{ set, out, ids, mode }: RunRequest,
	settings: RunSettings,
	keyFor: (address: string) => Promise<string | undefined>,
): Promise<RunInvocation> {
	const keys: Record<string, string> = {};
	const named = async (variable: string, address: string | undefined) => {
		const key = address === undefined ? undefined : await keyFor(address);
		if (key === undefined) return undefined;
		keys[variable] = key;
		return variable;
	};
	const server = await serverArguments(settings, mode, named);
	const options = [
		...(ids ?? []).map((id) => `--only=${id}`),
		`--out=${out}`,
		`--defence=${DEFENCES[mode].join(",")}`,
		...server,
		`--tau=${settings.tau}`,
		`--depth=${settings.depth}`,
		`--resamples=${settings.resamples}`,
		`--prefix=${escapedPrefix(settings.prefix)}`,
		`--samples=${settings.samples}`,
		`--concurrency=${settings.concurrency}`,
		`--self-test=${settings.selfTest}`,
		...(Object.keys(keys).length > 0 ? ["--keys-on-stdin"] : []),
	];
	return { args: ["run", "--no-config", ...options, "--", set], keys };
}

type Named = (variable: string, address: string | undefined) => Promise<string | undefined>;

/** The embedded model brings its own scorer and judge, and theirs belong to it. */
async function serverArguments({ server, scorer, judge }: RunSettings, mode: RunMode, named: Named): Promise<string[]> {
	if (server === undefined) return [];
	if (scorer === "" && mode !== "none") {
		throw new SafeThinkError("no-scorer", `steering by ${server.name} needs a safety scorer, and none is set`, {
			remedy: "set safethink.scorer, for example llama-guard,url=http://HOST:PORT/v1,model=meta-llama/Llama-Guard-3-8B",
		});
	}
	const key = await named("SAFETHINK_SERVER_KEY", server.url);
	return [
		`--server=${server.url}`,
		...(server.model === undefined ? [] : [`--model=${server.model}`]),
		...(server.kind === undefined ? [] : [`--kind=${server.kind}`]),
		...(key === undefined ? [] : [`--key=${key}`]),
		...(scorer === "" ? [] : [`--scorer=${await withKey(scorer, "SAFETHINK_SCORER_KEY", named)}`]),
		...(judge === "" ? [] : [`--judge=${await withKey(judge, "SAFETHINK_JUDGE_KEY", named)}`]),
	];
}

/** A scorer that names no key variable of its own gets the key kept for its origin. */
async function withKey(spec: string, variable: string, named: Named): Promise<string> {
	if (/(^|,)\s*key\s*=/.test(spec)) return spec;
	const key = await named(variable, scorerAddress(spec));
	return key === undefined ? spec : `${spec},key=${key}`;
}

/** As the command line reads it back: `\n` is a line break, `\t` a tab, `\\` a backslash. */
function escapedPrefix(prefix: string): string {
	return prefix.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** The folder that runs of a prompt set go to. */
export function runFolder(set: string, setting: string): string {
	return isAbsolute(setting) ? setting : join(dirname(set), setting);
}

/** `NAME-YYYYMMDD-HHMMSS.safethink.jsonl`, local time; `attempt` > 1 is added to a name that was taken. */
export function runFileName(set: string, at: Date, attempt = 1): string {
	const name = basename(set).replace(/(\.prompts)?\.jsonl$/, "");
	const two = (number: number) => String(number).padStart(2, "0");
	const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
	const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
	return `${name}-${day}-${time}${attempt === 1 ? "" : `-${attempt}`}.safethink.jsonl`;
}
