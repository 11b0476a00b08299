/** Compares plans: a run is continued with the plan it was begun with, or not at all. */
import { canonicalJson, sha256 } from "../trace/hash.ts";
import type { Json } from "../trace/template.ts";

export type Plan = { [key: string]: Json };

/** SHA-256 of the plan's canonical JSON. */
export function planHash(plan: Plan): string {
	return sha256(canonicalJson(plan));
}

export interface PlanDifference {
	/** Such as `defences[0].parameters.tau`. */
	field: string;
	/** undefined: the field is absent. */
	inFile: Json | undefined;
	asked: Json | undefined;
}

/** The fields in which two plans differ, in the order of the plan in the file, then fields that are new. */
export function planDifferences(inFile: Json | undefined, asked: Json | undefined, field = ""): PlanDifference[] {
	if (isContainer(inFile) && isContainer(asked) && Array.isArray(inFile) === Array.isArray(asked)) {
		const keys = new Set([...Object.keys(inFile), ...Object.keys(asked)]);
		return [...keys].flatMap((key) =>
			planDifferences(item(inFile, key), item(asked, key), joined(field, key, Array.isArray(inFile))),
		);
	}
	const same = inFile === undefined || asked === undefined ? inFile === asked : canonicalJson(inFile) === canonicalJson(asked);
	return same ? [] : [{ field: field || "plan", inFile, asked }];
}

/** `tau: 0.5 in the file, 0.3 asked`; long values are cut. */
export function describeDifference({ field, inFile, asked }: PlanDifference): string {
	return `${field}: ${shown(inFile)} in the file, ${shown(asked)} asked`;
}

type Container = Json[] | { [key: string]: Json };

function isContainer(value: Json | undefined): value is Container {
	return typeof value === "object" && value !== null;
}

function item(container: Container, key: string): Json | undefined {
	return Object.hasOwn(container, key) ? (container as { [key: string]: Json })[key] : undefined;
}

function joined(field: string, key: string, inArray: boolean): string {
	if (inArray) return `${field}[${key}]`;
	return field === "" ? key : `${field}.${key}`;
}

function shown(value: Json | undefined): string {
	if (value === undefined) return "absent";
	const text = JSON.stringify(value);
	return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
