/** Prompts rendered by the server into raw text, so that a trace is continued to the byte. */
import type { PromptContent } from "../promptsets/prompt.ts";
import type { Json, RequestTemplate, TemplateVariables } from "../trace/template.ts";
import { chatMessages, promptVariables, turnKey } from "./bodies.ts";
import { HttpError } from "./failures.ts";

/** Stands for a closed turn's text while the server renders the turns around it. */
const MARK = (turn: number) => `[[closed-turn-${turn}]]`;

/** A turn's prompt as a template's hole: literals of the rendering, closed turns, and the open text at its end. */
export interface RenderedTurn {
	hole: Json;
	/** The rendering where no turn is closed. */
	text: string;
	/** What was asked to render it, to be filled with the prompt's variables. */
	request: RequestTemplate;
}

/**
 * Lets the server render each turn's messages up to and with the generation prompt. Closed turns' texts are put in afterwards,
 * to the byte, whatever the server's template would do to them.
 * @param requestFor makes the rendering request of a template of messages.
 * @param render asks the server.
 */
export async function renderTurns(
	prompt: PromptContent,
	furtherUserTexts: readonly string[],
	requestFor: (messages: Json) => RequestTemplate,
	render: (request: RequestTemplate, variables: TemplateVariables) => Promise<string>,
): Promise<RenderedTurn[]> {
	const turns: RenderedTurn[] = [];
	for (let turn = 1; turn <= furtherUserTexts.length + 1; turn++) {
		const request = requestFor(chatMessages(prompt, furtherUserTexts, turn, MARK));
		const text = await render(request, promptVariables(prompt));
		turns.push({ hole: turn === 1 ? { $: [{ v: "rendered" }, { v: "assistant" }] } : laterTurn(text, turn), text, request });
	}
	return turns;
}

/** The rendering requests by use: `render`, `render.2`, …. */
export function renderRequests(turns: readonly RenderedTurn[]): Record<string, RequestTemplate> {
	return Object.fromEntries(turns.map(({ request }, index) => [turnKey("render", index + 1), request]));
}

function laterTurn(text: string, turn: number): Json {
	const parts: Json[] = [];
	let rest = text;
	for (let closed = 1; closed < turn; closed++) {
		const [before, after, ...more] = rest.split(MARK(closed));
		if (before === undefined || after === undefined || more.length > 0) throw lostTurn(closed);
		parts.push(before, { v: `turn${closed}` });
		rest = after;
	}
	return { $: [...parts, rest, { v: "assistant" }] };
}

function lostTurn(turn: number): HttpError {
	return new HttpError("cannot-continue", `the server's chat template does not keep the assistant's turn ${turn}`, {
		remedy: "Use a dialect without further turns on this server, or another chat template.",
	});
}
