/** Keys that another program hands over: on standard input, so that they stand in no argument and in no file. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { SafeThinkError } from "../trace/errors.ts";
import { environmentName } from "./secrets.ts";

const keysSchema = z.record(environmentName, z.string().min(1));

/**
 * Reads one line, `{"VARIABLE": "key", …}`, and sets these variables in this process. The input is closed then.
 * @throws SafeThinkError `bad-keys`, without what was read
 */
export async function takeKeys(input: Readable, env: NodeJS.ProcessEnv): Promise<void> {
	const parsed = keysSchema.safeParse(jsonOf(await firstLine(input)));
	if (!parsed.success) {
		throw new SafeThinkError("bad-keys", "standard input does not begin with keys by the name of their variable", {
			remedy: 'write one line of JSON, {"VARIABLE": "key"}, or leave --keys-on-stdin out',
		});
	}
	Object.assign(env, parsed.data);
}

async function firstLine(input: Readable): Promise<string> {
	const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
	for await (const line of lines) {
		input.destroy();
		return line;
	}
	return "";
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
