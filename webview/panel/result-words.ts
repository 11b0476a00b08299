/** What came of jobs and replays, in words. */
import type { RunWhatIf } from "../../src/contract/act-views.ts";
import type { JobView } from "../../src/contract/run-views.ts";
import type { CurveView } from "../../src/contract/trace-views.ts";
import { attemptName } from "../../src/trace/decision.ts";
import { counted, countText } from "../core/format.ts";

/** `90 with the same decisions · 12 need a sample never drawn · 8 take another text · 1 failed`. */
export function shareParts({ unchanged, missing, diverged, failed }: RunWhatIf): string {
	return [
		`${countText(unchanged)} with the same decisions`,
		...(missing > 0 ? [`${countText(missing)} need a sample never drawn`] : []),
		...(diverged > 0 ? [`${countText(diverged)} take another text`] : []),
		...(failed > 0 ? [`${countText(failed)} cannot be replayed`] : []),
	].join(" · ");
}

/** Between none and all of the undetermined traces being harmful: `between 3 and 41 of 120 traces`. */
export function boundsText({ lowest, highest, of }: NonNullable<RunWhatIf["harmful"]>): string {
	if (lowest === highest) return `${countText(lowest)} of ${counted(of, "trace")}`;
	return `between ${countText(lowest)} and ${countText(highest)} of ${counted(of, "trace")}`;
}

/** `3 of 8 samples · 41 tokens/s`. */
export function progressText({ done, total, tokensPerSecond }: JobView, noun: string): string {
	const rate = tokensPerSecond === undefined ? "" : ` · ${countText(Math.round(tokensPerSecond))} tokens/s`;
	return `${countText(done)} of ${countText(total)} ${noun}${total === 1 ? "" : "s"}${rate}`;
}

/** `agrees on 6 of 7 steps; on another side of τ at` the steps that follow. */
export function agreementText({
	compared,
	disagreements,
}: Pick<CurveView["others"][number], "compared" | "disagreements">): string {
	if (compared === 0) return "has no step to compare";
	const agrees = `agrees on ${compared - disagreements} of ${counted(compared, "step")}`;
	return disagreements === 0 ? agrees : `${agrees}; on the other side of τ at`;
}

const REASONS: Record<string, string> = {
	unscored: "not scored",
	"beyond-depth": "beyond m",
	"scorer-failed-beyond-depth": "beyond m, not scored",
	reached: "reached τ",
	last: "none reached τ, the last",
	best: "none reached τ, the best",
};

/** `attempt 2: reached τ`. @param reason why it was taken, as events have it */
export function decisionWords(attempt: number, reason: string): string {
	return `${attemptName({ attempt })}: ${REASONS[reason] ?? reason}`;
}
