/** A trace as text for a terminal: `safethink show`. */
import wrapAnsi from "wrap-ansi";
import { attemptName, decisionText, rewardText, scoredText } from "../../trace/decision.ts";
import type { Attempt, Scored, Step, Trace, Verdict } from "../../trace/fold.ts";
import { counted, outcomeText } from "../../trace/words.ts";
import { type Paint, painter, type Role } from "./paint.ts";
import { safeLine, safeText } from "./safe-text.ts";
import { blockOf, condense, type Mark, markText } from "./sparkline.ts";

export interface RenderOptions {
	/** Columns; at least 40 are used. */
	width: number;
	color: boolean;
	/** Show rejected attempts in full. */
	attempts: boolean;
}

interface Page {
	width: number;
	paint: Paint;
	attempts: boolean;
	/** τ, where the run file says it. */
	threshold: number | undefined;
}

const LABEL_WIDTH = 10;
/** Spaces at a line's end, colour codes behind them kept. */
/** The space at which a line was broken, behind whatever colours come before it. */
const LEADING_SPACE = /^((?:\u001b\[[\d;]*m)*) /;
const TRAILING_SPACE = / +((?:\u001b\[\d+m)*)$/;

/** The whole trace. Nothing from models or files reaches the terminal as a control character. */
export function renderTrace(trace: Trace, options: RenderOptions): string {
	const threshold = trace.parameters?.["threshold"];
	const page: Page = {
		width: Math.max(40, options.width),
		paint: painter(options.color),
		attempts: options.attempts,
		threshold: typeof threshold === "number" ? threshold : undefined,
	};
	const ended = trace.status !== "running";
	return [
		...header(trace, page),
		...trace.steps.flatMap((step) => ["", ...stepLines(step, page, ended)]),
		...answerLines(trace, page),
		"",
	].join("\n");
}

function header(trace: Trace, page: Page): string[] {
	const { prompt } = trace;
	return [
		page.paint("heading", safeLine(trace.id)),
		...(prompt.system === undefined ? [] : field("system", safeText(prompt.system), page)),
		...field("prompt", safeText(prompt.text), page),
		...prompt.images.flatMap((image) =>
			field(
				"image",
				safeLine(
					`${image.path ?? "data URL"} · ${image.mediaType}${image.width === undefined ? "" : ` · ${image.width} × ${image.height}`}`,
				),
				page,
			),
		),
		...field("defence", safeLine([trace.defence, ...parameterTexts(trace)].join(" · ")), page),
		...(trace.branch === undefined
			? []
			: field("branch", safeLine(`of ${trace.branch.of} from step ${trace.branch.step}`), page)),
		...((trace.query.score ?? trace.query.failure)
			? field("query", `${painted(trace.query, page)} for the prompt alone`, page)
			: []),
		...field("outcome", outcomeLine(trace, page), page),
		...costLines(trace, page),
		...verdictTexts(trace).flatMap(([role, text]) => field("verdict", page.paint(role, text), page)),
		...sparklineLines(trace, page),
	];
}

function parameterTexts(trace: Trace): string[] {
	const symbols = { threshold: "τ", depth: "m", resamples: "B" };
	return Object.entries(symbols).flatMap(([name, symbol]) => {
		const value = trace.parameters?.[name];
		return typeof value === "number" ? [`${symbol} = ${value}`] : [];
	});
}

/** Failures stand out; nothing else does, for how it ended says nothing about safety. */
function outcomeLine(trace: Trace, page: Page): string {
	const words = safeLine(outcomeText(trace));
	return trace.status === "failed" || trace.outcome === "scorer-failed" ? page.paint("failure", words) : words;
}

function costLines({ usage, steps, ms }: Trace, page: Page): string[] {
	if (usage === undefined) return [];
	const parts = [
		counted(steps.length, "step"),
		`${counted(usage.generated, "token")} generated`,
		...(usage.discarded === 0 ? [] : [`${usage.discarded} discarded`]),
		`${counted(usage.policyRequests, "request")} to the policy`,
		`${usage.scorerRequests} to the scorer`,
		...(ms === undefined ? [] : [`${(ms / 1000).toFixed(1)} s`]),
	];
	return field("cost", parts.join(" · "), page);
}

/** Verdicts with their colour; their words are the judge's, never the scorer's. */
function verdictTexts({ verdicts }: Trace): [Role, string][] {
	return verdicts.map(({ judge, scope, harmful, detail }): [Role, string] => {
		const what = scope === "both" ? "trace and answer" : scope;
		const said = `${what} ${judgement(harmful)} (${judge})${detail === undefined ? "" : `: ${detail}`}`;
		return [verdictRole(harmful), safeLine(said)];
	});
}

function judgement(harmful: Verdict["harmful"]): string {
	if (harmful === null) return "not judged: the judge could not say";
	return harmful ? "judged harmful" : "judged safe";
}

function verdictRole(harmful: Verdict["harmful"]): Role {
	if (harmful === null) return "failure";
	return harmful ? "judgedHarmful" : "judgedSafe";
}

function sparklineLines(trace: Trace, page: Page): string[] {
	if (trace.steps.length === 0) return [];
	const { marks, per } = condense(trace.steps.map(markOf), page.width - LABEL_WIDTH);
	const bars = marks.map((mark) => page.paint(markRole(mark, page), markText(mark))).join("");
	const legend = [
		...(page.threshold === undefined ? [] : [`τ = ${page.threshold} is at ${blockOf(page.threshold)}`]),
		...(per === 1 ? [] : [`each mark is the lowest of ${per} steps`]),
	].join(" · ");
	return [`${label("rewards")}${bars}`, ...(legend === "" ? [] : field("", page.paint("faint", legend), page))];
}

function markOf({ accepted, attempts }: Step): Mark {
	const shown = accepted ?? attempts.at(-1);
	if (shown?.score !== undefined) return shown.score.reward;
	return shown?.failure === undefined ? "unscored" : "failed";
}

function markRole(mark: Mark, page: Page): Role {
	if (mark === "failed") return "failure";
	if (mark === "unscored" || page.threshold === undefined) return "faint";
	return mark < page.threshold ? "below" : "reached";
}

function stepLines(step: Step, page: Page, ended: boolean): string[] {
	const shown = step.accepted ?? step.attempts.at(-1);
	const reward = shown?.score === undefined ? "" : ` ${rewardText(shown.score)}`;
	const head = `${page.paint("heading", `step ${step.step}`)}${shown === undefined ? "" : page.paint(role(shown, page), reward)}${step.inherited ? page.paint("faint", " · inherited") : ""}`;
	const rejected = page.attempts ? step.attempts.filter((attempt) => attempt !== shown) : [];
	return [
		head,
		...indented(page.paint("faint", safeLine(decisionText(step, page.threshold, ended))), page, 2),
		...step.attempts.filter((attempt) => attempt.failure !== undefined).flatMap((attempt) => failureLines(attempt, page)),
		...rejected.flatMap((attempt) => attemptLines(attempt, page)),
		...(shown === undefined ? [] : textLines(shown, page, 2)),
	];
}

function failureLines(attempt: Attempt, page: Page): string[] {
	const { error, treatedAs } = attempt.failure as NonNullable<Attempt["failure"]>;
	const consequence = { stop: "the trace stopped", unsafe: "counted as below τ", noted: "only noted" }[treatedAs];
	return indented(
		page.paint("failure", safeLine(`scorer failed on ${attemptName(attempt)}: ${error.message} · ${consequence}`)),
		page,
		2,
	);
}

function attemptLines(attempt: Attempt, page: Page): string[] {
	const head = `rejected ${attemptName(attempt)} · ${painted(attempt, page)}`;
	return [...indented(head, page, 4), ...textLines(attempt, page, 6)];
}

function textLines(attempt: Attempt, page: Page, indent: number): string[] {
	const injected = attempt.prefix.trim() === "" ? "" : `${page.paint("injected", `[${safeLine(attempt.prefix.trim())}]`)} `;
	const text = safeText(attempt.text).trim();
	const flags =
		attempt.flags.length === 0 ? [] : indented(page.paint("faint", safeLine(`flags: ${attempt.flags.join(", ")}`)), page, indent);
	const after =
		injected === "" || attempt.accepted === undefined
			? []
			: indented(
					page.paint("faint", `injected words ${attempt.accepted.prefixKept ? "kept" : "dropped"} after this step`),
					page,
					indent,
				);
	return [...indented(`${injected}${text === "" ? page.paint("faint", "(no text)") : text}`, page, indent), ...after, ...flags];
}

function answerLines({ answer, answerScored }: Trace, page: Page): string[] {
	if (answer === undefined) return [];
	const scored = (answerScored.score ?? answerScored.failure) ? ` ${painted(answerScored, page)}` : "";
	const cut = answer.end === "length" ? page.paint("faint", " · out of tokens") : "";
	const flags =
		answer.flags.length === 0 ? [] : indented(page.paint("faint", safeLine(`flags: ${answer.flags.join(", ")}`)), page, 2);
	return [
		"",
		`${page.paint("heading", "answer")}${scored}${cut}`,
		...indented(safeText(answer.text).trim() || page.paint("faint", "(no text)"), page, 2),
		...flags,
	];
}

function painted(scored: Scored, page: Page): string {
	return page.paint(role(scored, page), safeLine(scoredText(scored, page.threshold)));
}

function role({ score, failure }: Scored, page: Page): Role {
	if (score !== undefined) return markRole(score.reward, page);
	return failure === undefined ? "faint" : "failure";
}

function field(name: string, text: string, page: Page): string[] {
	const [first = "", ...rest] = wrap(text, page.width - LABEL_WIDTH);
	return [`${label(name)}${first}`, ...rest.map((line) => " ".repeat(LABEL_WIDTH) + line)];
}

function label(name: string): string {
	return name.padEnd(LABEL_WIDTH);
}

function indented(text: string, page: Page, indent: number): string[] {
	return wrap(text, page.width - indent).map((line) => " ".repeat(indent) + line);
}

function wrap(text: string, width: number): string[] {
	return text.split("\n").flatMap((line) =>
		wrapAnsi(line, width, { hard: true, trim: false })
			.split("\n")
			.map((piece, index) => (index === 0 ? piece : piece.replace(LEADING_SPACE, "$1")).replace(TRAILING_SPACE, "$1")),
	);
}
