/** A prompt that a run recorded, to be asked again. */
import type { Prompt } from "../../promptsets/prompt.ts";
import { readRecordedImage } from "../../promptsets/recorded-image.ts";
import type { PromptRecord } from "../../trace/events.ts";

/**
 * @param firstTurn what the dialect's first turn adds to a prompt's text: it is in the record, and is added again.
 * @param folders in which its images may lie.
 */
export function recordedPrompt(record: PromptRecord, firstTurn: string, folders: readonly string[]): Prompt {
	const { text } = record;
	const added = firstTurn !== "" && text.endsWith(firstTurn) ? firstTurn.length : 0;
	return {
		record: { ...record, text: text.slice(0, text.length - added) },
		line: 0,
		loadImages: () => Promise.all(record.images.map((image) => readRecordedImage(image, folders))),
	};
}
