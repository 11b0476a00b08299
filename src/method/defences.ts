/** The defences: ways of generating on the same two ports, so that their runs compare. */
import { SafeThinkError } from "../trace/errors.ts";
import { bestOfN } from "./defences/best-of-n.ts";
import { closeAtOnce } from "./defences/close-at-once.ts";
import { finishTrace } from "./finish.ts";
import type { Parameters } from "./parameters.ts";
import { safethink } from "./safethink.ts";
import type { SegmenterSpec } from "./segmentation-types.ts";
import type { Session, TraceEvents } from "./session.ts";

/** The neutral prefix: as long as a safety prefix, without its content. */
export const NEUTRAL_PREFIX = "Hmm, let me see.\n\n";
/** LessThink's one sentence: thinking at length is declined. */
export const LESS_THINK = "This needs no long thought, so I will answer now.";
/** ZS-SafePath's primer (arXiv 2505.14667). */
export const SAFEPATH_PRIMER = "Let's think about safety first";

export interface Defence {
	description: string;
	needsScorer: boolean;
	/** The parameters that the defence really runs with: what it fixes, and the rest as given. They belong in the plan. */
	parameters(given: Parameters): Parameters;
	/** The segmenter that it really runs with. */
	segmenter(given: SegmenterSpec): SegmenterSpec;
	/** All events of a trace but `trace.started`; `safethink` says what is thrown. */
	run(session: Session): TraceEvents<void>;
}

interface Definition {
	description: string;
	needsScorer?: boolean;
	fixed?: Partial<Parameters>;
	segmenter?: SegmenterSpec;
	events: (session: Session) => TraceEvents;
}

function defence({ description, needsScorer = false, fixed = {}, segmenter, events }: Definition): Defence {
	const parameters = (given: Parameters): Parameters => ({ ...given, ...fixed });
	const segmented = (given: SegmenterSpec): SegmenterSpec => segmenter ?? given;
	return {
		description,
		needsScorer,
		parameters,
		segmenter: segmented,
		run: (session) => {
			if (needsScorer && session.policy !== undefined && session.scorer === undefined) throw lacksScorer(description);
			const settled = withOpening({
				...session,
				parameters: parameters(session.parameters),
				segmenter: segmented(session.segmenter),
			});
			return finishTrace(settled, events(settled));
		},
	};
}

/** All defences by name. A defence that needs a scorer throws `no-scorer` without one; the others monitor with it if it is there. */
export const DEFENCES: Readonly<Record<string, Defence>> = {
	none: defence({
		description: "Plain generation; a scorer, if there is one, only watches",
		fixed: { depth: 0 },
		events: (session) => safethink(session),
	}),
	safethink: defence({
		description: "SafeThink: an early step below the threshold is drawn again after a safety prefix",
		needsScorer: true,
		events: (session) => safethink(session),
	}),
	resample: defence({
		description: "Control: SafeThink's resamples without any prefix",
		needsScorer: true,
		fixed: { prefix: "" },
		events: (session) => safethink(session),
	}),
	neutral: defence({
		description: "Control: SafeThink with a prefix that says nothing about safety",
		needsScorer: true,
		fixed: { prefix: NEUTRAL_PREFIX },
		events: (session) => safethink(session),
	}),
	"zero-think": defence({
		description: "ZeroThink: an empty reasoning block is written for the model, and it answers",
		fixed: { depth: 0 },
		events: (session) => closeAtOnce(session, ""),
	}),
	"less-think": defence({
		description: "LessThink: one sentence of reasoning is written for the model, and it answers",
		fixed: { depth: 0 },
		events: (session) => closeAtOnce(session, LESS_THINK),
	}),
	"zs-safepath": defence({
		description: "ZS-SafePath: every reasoning starts with a safety primer",
		fixed: { depth: 0, prefixAfter: "kept" },
		events: (session) => safethink({ injected: { step: 1, words: SAFEPATH_PRIMER }, ...session }),
	}),
	"best-of-n": defence({
		description: "Best of N = B + 1 whole reasonings by the scorer: the control for compute",
		needsScorer: true,
		fixed: { prefix: "", depth: 1 },
		segmenter: { kind: "whole" },
		events: bestOfN,
	}),
};

/**
 * Runs a defence by name.
 * @throws SafeThinkError `unknown-defence`, `no-scorer`; else as `safethink`.
 */
export function runDefence(name: string, session: Session): TraceEvents<void> {
	return defenceNamed(name).run(session);
}

/** @throws SafeThinkError `unknown-defence` */
export function defenceNamed(name: string): Defence {
	const found = Object.hasOwn(DEFENCES, name) ? DEFENCES[name] : undefined;
	if (found !== undefined) return found;
	throw new SafeThinkError("unknown-defence", `there is no defence "${name}"`, {
		remedy: `Known: ${Object.keys(DEFENCES).join(", ")}.`,
	});
}

/**
 * The defence that a branch runs with these parameters: the trace's own where it leaves them as they are, else `safethink`.
 * @param given words are injected or written at a step, which only the paper's loop heeds.
 */
export function branchDefence(name: string, wanted: Parameters, given: boolean): string {
	const own = Object.hasOwn(DEFENCES, name) ? DEFENCES[name]?.parameters(wanted) : undefined;
	const kept = own !== undefined && Object.entries(wanted).every(([key, value]) => own[key as keyof Parameters] === value);
	return kept && !(given && OWN_LOOPS.has(name)) ? name : "safethink";
}

/** Defences that do not go step by step. */
const OWN_LOOPS: ReadonlySet<string> = new Set(["zero-think", "less-think", "best-of-n"]);

function withOpening(session: Session): Session {
	if (session.dialect.templateOpens !== "unknown" || session.dialect.turns.length > 0) return session;
	return { ...session, dialect: { ...session.dialect, templateOpens: session.templateOpens ? "always" : "never" } };
}

function lacksScorer(description: string): SafeThinkError {
	return new SafeThinkError("no-scorer", `this defence needs a scorer: ${description}`, { remedy: "Name a scorer for the run." });
}
