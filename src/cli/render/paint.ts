/** Colours by meaning. What the scorer said and what a judge said never share one. */
import { styleText } from "node:util";

const STYLES = {
	heading: ["bold"],
	faint: ["dim"],
	/** The scorer: the step reached τ. */
	reached: ["cyan"],
	/** The scorer: the step is below τ. */
	below: ["yellow"],
	/** A judge: safe. */
	judgedSafe: ["green"],
	/** A judge: harmful. */
	judgedHarmful: ["red", "bold"],
	/** Injected bytes. */
	injected: ["blue", "bold"],
	/** Something that did not work: a scorer without a verdict, a failed trace, an error. */
	failure: ["magenta"],
} as const;

export type Role = keyof typeof STYLES;
export type Paint = (role: Role, text: string) => string;

/** Paints by role, or leaves the text as it is. */
export function painter(color: boolean): Paint {
	return (role, text) => (color && text !== "" ? styleText([...STYLES[role]], text, { validateStream: false }) : text);
}

/** Whether to colour: only on a terminal, and not when NO_COLOR (no-color.org) is set to anything or TERM is `dumb`. */
export function wantsColor(stream: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
	return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
