/**
 * Request templates: the JSON body of a request with holes, kept once a trace in the run file, so that every request
 * that was sent can be rebuilt byte for byte from the events (docs/run-file.md, "Rebuilding a request").
 *
 * A hole is an object with the single key `$`:
 *   `{"$": "seed"}`                          the variable itself, whatever its JSON type
 *   `{"$": ["User: ", {"v": "query"}, "\n"]}`  a string: literals and variables joined in order
 */
import { z } from "zod";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const requestTemplateSchema = z.object({
	/** Path below the server's origin, for example `/v1/chat/completions`. */
	path: z.string(),
	/** JSON body with holes. Key order is the order in which it is sent. */
	body: z.json(),
});
export type RequestTemplate = { path: string; body: Json };

export type TemplateVariables = Record<string, Json>;

/** Raised when a template names a variable that was not given. */
export class TemplateError extends Error {}

/**
 * Fills the holes of a template's body. The result serialised by `JSON.stringify` is the request's body, byte for byte.
 * @throws TemplateError when a variable is missing, or a non-string is joined into a string.
 */
export function fillTemplate(body: Json, variables: TemplateVariables): Json {
	if (Array.isArray(body)) return body.map((item) => fillTemplate(item, variables));
	if (body === null || typeof body !== "object") return body;
	const keys = Object.keys(body);
	const hole = body["$"];
	if (keys.length === 1 && hole !== undefined) return fillHole(hole, variables);
	return Object.fromEntries(keys.map((key) => [key, fillTemplate(body[key] as Json, variables)]));
}

function fillHole(hole: Json, variables: TemplateVariables): Json {
	if (typeof hole === "string") return variable(hole, variables);
	if (!Array.isArray(hole)) throw new TemplateError("a hole is a variable's name or a list of parts");
	return hole.map((part) => joinedPart(part, variables)).join("");
}

function joinedPart(part: Json, variables: TemplateVariables): string {
	if (typeof part === "string") return part;
	const name = part !== null && typeof part === "object" && !Array.isArray(part) ? part["v"] : undefined;
	if (typeof name !== "string") throw new TemplateError('a part of a hole is a literal or {"v": NAME}');
	const value = variable(name, variables);
	if (typeof value !== "string") throw new TemplateError(`variable ${name} is joined into a string but is none`);
	return value;
}

function variable(name: string, variables: TemplateVariables): Json {
	const value = variables[name];
	if (value === undefined) throw new TemplateError(`the template names a variable ${name} that is not given`);
	return value;
}
