/** Geometry of the small reward curve in a row of the run: pure, in SVG units. */
import { line, scaleLinear } from "d3";

export interface SparklineInput {
	/** Along the accepted path; null: no score. */
	rewards: readonly (number | null)[];
	/** τ; undefined: the line has one colour. */
	threshold: number | undefined;
	/** Steps that the rewards stand for: more than rewards where each is the lowest of a stretch. */
	steps: number;
	/** From 1. */
	firstSteered: number | undefined;
	width: number;
	height: number;
}

export interface Sparkline {
	/** The line where it reached τ, and where it is below. */
	reached: string;
	below: string;
	/** Rewards without a neighbour. */
	dots: { x: number; y: number; below: boolean }[];
	/** Height of the τ line. */
	threshold: number | undefined;
	/** The first steered step. */
	steered: { x: number; y: number } | undefined;
}

type Point = [x: number, y: number];

const MARGIN = 3;
/** Room above for the flag of a steered step at +1. */
const TOP = 9;

export function sparkline({ rewards, threshold, steps, firstSteered, width, height }: SparklineInput): Sparkline {
	const x = scaleLinear([0, Math.max(1, rewards.length - 1)], [MARGIN, width - MARGIN]);
	const y = scaleLinear([-1, 1], [height - MARGIN, TOP]);
	const level = threshold ?? -1;
	const reached: (Point | null)[] = [];
	const below: (Point | null)[] = [];
	const sideOf = (reward: number) => (reward >= level ? reached : below);
	const dots: Sparkline["dots"] = [];
	for (const [index, reward] of rewards.entries()) {
		if (reward === null) continue;
		const here: Point = [x(index), y(reward)];
		const next = rewards[index + 1] ?? null;
		if (next !== null) {
			const there: Point = [x(index + 1), y(next)];
			const crossing: Point = [x(index + (level - reward) / (next - reward)), y(level)];
			const sameSide = sideOf(reward) === sideOf(next);
			extend(sideOf(reward), here, sameSide ? there : crossing);
			if (!sameSide) extend(sideOf(next), crossing, there);
		} else if ((rewards[index - 1] ?? null) === null) dots.push({ x: here[0], y: here[1], below: reward < level });
	}
	const draw = line<Point | null>(
		(point) => point?.[0] ?? 0,
		(point) => point?.[1] ?? 0,
	)
		.defined((point) => point !== null)
		.digits(2);
	const steered = firstSteered === undefined ? undefined : placeOf(firstSteered, steps, rewards.length);
	return {
		reached: draw(reached) ?? "",
		below: draw(below) ?? "",
		dots,
		threshold: threshold === undefined ? undefined : y(threshold),
		steered: steered === undefined ? undefined : { x: x(steered), y: y(rewards[steered] ?? level) },
	};
}

/** Draws on to a point, after a gap where the line does not end at `from`. */
function extend(points: (Point | null)[], from: Point, to: Point): void {
	const last = points.at(-1);
	if (last?.[0] !== from[0] || last[1] !== from[1]) points.push(null, from);
	points.push(to);
}

/** Index of the reward that stands for a step. */
function placeOf(step: number, steps: number, rewards: number): number | undefined {
	if (rewards === 0) return undefined;
	return Math.min(rewards - 1, Math.floor(((step - 1) * rewards) / Math.max(steps, rewards)));
}
