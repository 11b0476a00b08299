/** How a run ended that did not end well, in words; pure. */

export interface RunEnd {
	/** The exit code (docs/command-line.md), or what kept the process from starting or ended it. */
	code: number | string;
	/** All that it printed. */
	said: string;
	/** Of the run file. */
	name: string;
	/** It wrote into the run file. */
	begun: boolean;
}

export function endText({ code, said, name, begun }: RunEnd): string {
	const how = typeof code === "string" ? code : lastWords(said);
	return `${whatHappened(code, name, begun)}. ${sentence(how)}`.trim();
}

function whatHappened(code: number | string, name: string, begun: boolean): string {
	if (!begun) return "The run did not start";
	return code === 1 ? `In ${name} something failed` : "The run stopped before its end";
}

/** The message and remedy with which the command line ends, in one line. */
function lastWords(said: string): string {
	const lines = said.split("\n");
	const start = lines.findLastIndex((line) => line.startsWith("safethink: "));
	return (start < 0 ? lines.slice(-2) : lines.slice(start))
		.join(" ")
		.replace("safethink: ", "")
		.replace(/\s+what to do: /, ". What to do: ")
		.replaceAll(/\s+/g, " ")
		.slice(0, 500);
}

/** Begins with a capital, unless it begins with an address or a path. */
function sentence(text: string): string {
	return text.replace(/^[a-z](?=[a-z-]*[ ,])/, (letter) => letter.toUpperCase());
}
