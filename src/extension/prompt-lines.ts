/** Lines of a prompt set as far as a command needs them; what is wrong in them is the language server's to say. */

interface Position {
	line: number;
	character: number;
}

/** Ids of the prompts in a piece of a prompt set, in order, each once. Lines that are no prompt are passed over. */
export function promptIds(text: string): string[] {
	const ids = text.split("\n").flatMap((line) => idOf(line) ?? []);
	return [...new Set(ids)];
}

/** The last line of a selection: one that ends at the begin of a line has nothing of it. */
export function lastLineOf({ start, end }: { start: Position; end: Position }): number {
	return end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
}

function idOf(line: string): string | undefined {
	try {
		const { id } = (JSON.parse(line.replace(/^\uFEFF/, "")) ?? {}) as { id?: unknown };
		return typeof id === "string" && id !== "" ? id : undefined;
	} catch {
		return undefined;
	}
}

/** A line for a question about a picture that lies beside the set, under an id that the set does not have yet. */
export function askLine(question: string, image: string, taken: readonly string[]): { id: string; line: string } {
	const name = image.replace(/\.[^.]*$/, "");
	let number = 1;
	while (taken.includes(`${name}-${number}`)) number++;
	const id = `${name}-${number}`;
	return { id, line: JSON.stringify({ id, text: question, images: [image] }) };
}
