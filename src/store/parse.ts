/** One line of a run file: an event, or what is wrong with it. */
import { type EventOf, eventSchema, FORMAT_VERSION, type SafeThinkEvent, type UnknownEvent } from "../trace/events.ts";
import { StoreError } from "./errors.ts";
import type { RawLine } from "./lines.ts";

/** A line that holds an event. */
export interface Entry {
	event: SafeThinkEvent | UnknownEvent;
	/** From 1. */
	line: number;
	/** Byte at which the line begins, and its length with the line feed. */
	offset: number;
	bytes: number;
}

/** A line that holds none. */
export interface BadLine {
	kind: "not-text" | "not-json" | "not-an-event" | "invalid-event";
	/** What is wrong, without the line's place. */
	message: string;
	line: number;
	offset: number;
	bytes: number;
}

export type Header = EventOf<"run.started"> | EventOf<"sibling.started">;

const KNOWN_TYPES: ReadonlySet<string> = new Set(eventSchema.options.map((option) => option.shape.type.value));

/** Whether this version knows the event's type. */
export function isKnown(event: SafeThinkEvent | UnknownEvent): event is SafeThinkEvent {
	return KNOWN_TYPES.has(event.type);
}

/** Reads a whole line. Events of known types fit the schema; fields and types this version does not know are kept. */
export function parseLine(raw: RawLine): Entry | BadLine {
	const place = { line: raw.line, offset: raw.offset, bytes: raw.bytes };
	if (raw.text === undefined) return { ...place, kind: "not-text", message: "is no UTF-8 text, or too long for a line" };
	let value: unknown;
	try {
		value = JSON.parse(raw.text);
	} catch {
		return { ...place, kind: "not-json", message: "is no whole JSON" };
	}
	if (!isEvent(value)) return { ...place, kind: "not-an-event", message: "is no event: it has no type, id and time" };
	const issue = isKnown(value) ? schemaIssue(value) : undefined;
	return issue === undefined
		? { ...place, event: value }
		: { ...place, kind: "invalid-event", message: `is no ${value.type} event: ${issue}` };
}

export function isEntry(parsed: Entry | BadLine): parsed is Entry {
	return "event" in parsed;
}

/** What keeps a value from being an event of its type: the first field at fault and why; undefined when nothing does. */
export function schemaIssue(value: unknown): string | undefined {
	const result = eventSchema.safeParse(value);
	if (result.success) return undefined;
	const issue = result.error.issues[0];
	return `${issue?.path.join(".") || "event"}: ${issue?.message ?? "invalid"}`;
}

/**
 * The first line of a run file or of a file beside one.
 * @throws StoreError `newer-format`, `not-a-run`
 */
export function parseHeader(raw: RawLine | undefined, path: string): Header {
	const event: unknown = raw?.text === undefined ? undefined : jsonOrUndefined(raw.text);
	if (!raw?.ended || !isEvent(event) || (event.type !== "run.started" && event.type !== "sibling.started")) {
		const remedy = "name a file that safethink wrote; it begins with a run.started line";
		throw new StoreError("not-a-run", `${path} is no run file: its first line is no run.started event`, { remedy });
	}
	const format = "format" in event ? event.format : undefined;
	if (typeof format === "number" && format > FORMAT_VERSION) {
		const remedy = "update safethink to the version that wrote it or a later one";
		throw new StoreError("newer-format", `${path} has format ${format}; this version reads formats up to ${FORMAT_VERSION}`, {
			remedy,
		});
	}
	const issue = schemaIssue(event);
	if (issue !== undefined)
		throw new StoreError("not-a-run", `${path}:1 is no ${event.type} event: ${issue}`, {
			remedy: "restore the file from a copy",
		});
	return event as Header;
}

function jsonOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isEvent(value: unknown): value is SafeThinkEvent | UnknownEvent {
	const event = value as Partial<UnknownEvent> | null;
	return (
		typeof event === "object" &&
		event !== null &&
		typeof event.type === "string" &&
		typeof event.id === "string" &&
		typeof event.time === "string"
	);
}
