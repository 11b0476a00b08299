/** Code fences and display maths: stretches in which a blank line does not end a paragraph. */

interface Open {
	/** The fence that is open, for example three backticks. */
	fence?: string;
	/** What closes the display maths that is open. */
	maths?: "$$" | "\\]";
}

/** Follows a text unit by unit and knows whether a code fence or display maths is open. */
export class Blocks {
	#open: Open = {};
	#line = "";

	feed(unit: string): void {
		if (unit !== "\n") {
			this.#line += unit;
			return;
		}
		this.#open = afterLine(this.#open, this.#line);
		this.#line = "";
	}

	/** Whether the place after the last unit is inside a fence or display maths. */
	get inside(): boolean {
		const { fence, maths } = this.#line === "" ? this.#open : afterLine(this.#open, this.#line);
		return fence !== undefined || maths !== undefined;
	}
}

/** Fences as in CommonMark: three or more backticks or tildes, closed by at least as many alone on a line. */
function afterLine(open: Open, line: string): Open {
	const run = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
	if (open.fence !== undefined) {
		const closes = run?.[1]?.startsWith(open.fence) && run[2]?.trim() === "";
		return closes ? {} : open;
	}
	const fence = run?.[1];
	if (open.maths === undefined && fence !== undefined && !(fence.startsWith("`") && run?.[2]?.includes("`"))) return { fence };
	const maths = afterMaths(open.maths, line);
	return maths === undefined ? {} : { maths };
}

function afterMaths(open: Open["maths"], line: string): Open["maths"] {
	let closer = open;
	for (const [delimiter] of line.matchAll(/\$\$|\\\[|\\\]/g)) {
		if (closer !== undefined) closer = delimiter === closer ? undefined : closer;
		else if (delimiter !== "\\]") closer = delimiter === "$$" ? "$$" : "\\]";
	}
	return closer;
}
