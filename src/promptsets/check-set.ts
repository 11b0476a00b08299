/** Checks a whole prompt set: its lines, what concerns several lines, and the images they name. */
import type { PromptRecord } from "../trace/events.ts";
import { sha256 } from "../trace/hash.ts";
import { type CheckedImage, checkImage, checkImages, type ImageChecks } from "./check-image.ts";
import { type CheckedLine, checkLine, type LineResult } from "./check-line.ts";
import { ImageError, type ImageLimits } from "./image.ts";
import { byPosition, type Problem, quoted } from "./problem.ts";
import type { LoadedImage, Prompt } from "./prompt.ts";
import { imageName, type ReadImage } from "./read-image.ts";

export interface CheckOptions {
	/** The file as it is named in problems. */
	file: string;
	readImage: ReadImage;
	limits?: ImageLimits;
}

export interface CheckedSet {
	/** Lines without errors, in order. */
	prompts: Prompt[];
	/** By line and column. */
	problems: Problem[];
}

/** Checks the text of a prompt set; a line with an error hides no other. */
export async function checkPromptSet(text: string, options: CheckOptions): Promise<CheckedSet> {
	const { file } = options;
	const results = text
		.replace(/^\ufeff/, "")
		.split("\n")
		.map((line, index) => checkLine(line, index + 1, file));
	const lines = usable(results);
	const references = lines.flatMap((line) => line.images ?? []);
	const images = await checkImages(references, (reference) => checkImage(reference, options.readImage, options.limits));
	const problems = setProblems(results, images, file);
	const unusable = new Set(problems.filter(({ severity }) => severity === "error").map(({ line }) => line));
	const prompts = lines.filter(({ line }) => !unusable.has(line)).map((line) => toPrompt(line, images, options));
	return { prompts, problems };
}

/**
 * All problems of a set, by line and column: those of the lines, and what concerns several lines or images.
 * @param results of every line, blank ones too, numbered from 1.
 * @param images an image that is not in it is not judged.
 */
export function setProblems(results: readonly LineResult[], images: ImageChecks, file: string): Problem[] {
	const lines = usable(results);
	const empty = results.every(({ prompt, problems }) => prompt === undefined && problems.length === 0);
	return [
		...(empty ? [emptySet(file)] : []),
		...results.flatMap((result) => result.problems),
		...duplicateIds(lines, file),
		...lines.flatMap((line) => imageProblems(line, images, file)),
	].sort(byPosition);
}

function usable(results: readonly LineResult[]): CheckedLine[] {
	return results.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]));
}

function emptySet(file: string): Problem {
	return {
		file,
		line: 0,
		severity: "error",
		message: "the prompt set is empty",
		remedy: 'write one prompt a line, for example {"id": "remote-1", "text": "…"}',
		code: "empty-set",
	};
}

/** Ids that stand on more than one line: one problem at each repetition, naming the first line. */
export function duplicateIds(lines: readonly Pick<CheckedLine, "id" | "line" | "columnOf">[], file: string): Problem[] {
	const first = new Map<string, number>();
	const problems: Problem[] = [];
	for (const { id, line, columnOf } of lines) {
		const earlier = first.get(id);
		if (earlier === undefined) first.set(id, line);
		else {
			problems.push({
				file,
				line,
				column: columnOf(["id"]),
				field: "id",
				severity: "error",
				message: `the id ${quoted(id)} of line ${line} already stands on line ${earlier}`,
				remedy: "give one of the two another id",
				code: "duplicate-id",
			});
		}
	}
	return problems;
}

function imageProblems(line: CheckedLine, images: ImageChecks, file: string): Problem[] {
	return (line.images ?? []).flatMap((reference, index): Problem[] => {
		const check = images.get(reference);
		if (check === undefined) return [];
		const failed = check instanceof ImageError;
		if (!failed && check.warnings.length === 0) return [];
		const at = { file, line: line.line, column: line.columnOf(["images", index]), field: `images[${index}]` };
		if (failed)
			return [
				{ ...at, severity: "error", message: check.message, remedy: check.remedy ?? "replace the image", code: check.kind },
			];
		return check.warnings.map((message) => ({
			...at,
			severity: "warning",
			message,
			remedy: "save the image again in the format it is named for",
			code: "image-doubtful",
		}));
	});
}

function toPrompt(line: CheckedLine, images: ImageChecks, options: CheckOptions): Prompt {
	const { line: number, images: references = [], columnOf: _columnOf, ...fields } = line;
	const checked = references.map((reference) => (images.get(reference) as CheckedImage).image);
	const record = { ...fields, images: checked } as PromptRecord;
	return {
		record,
		line: number,
		loadImages: () =>
			Promise.all(references.map((reference, index) => loadImage(reference, checked[index] as CheckedImage["image"], options))),
	};
}

async function loadImage(reference: string, checked: CheckedImage["image"], options: CheckOptions): Promise<LoadedImage> {
	const { bytes } = await options.readImage(reference);
	if (sha256(bytes) !== checked.sha256) {
		throw new ImageError("image-changed", `${imageName(reference)} has changed since the prompt set was checked`, {
			remedy: "start the run again with the new image, or put the old one back",
		});
	}
	const { path, sha256: hash, mediaType, width, height } = checked;
	return { sha256: hash, mediaType, bytes, width, height, ...(path === undefined ? {} : { path }) };
}
