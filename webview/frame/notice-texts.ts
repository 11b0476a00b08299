import type { RunInfo } from "../../src/contract/run-views.ts";
import { counted } from "../core/format.ts";

/** What whoever reads the run's numbers must know, a line each. */
export function noticesOf({ unverified, badLines, selfTests, can }: RunInfo): string[] {
	const failed = selfTests.filter(({ passed }) => !passed);
	return [
		...unverified.map((what) => `${what} is unverified: it has not met its real counterpart.`),
		...failed.map(({ target, detail }) => `The ${target} failed its self-test, so do not trust it: ${detail}`),
		...(badLines > 0 ? [`${counted(badLines, "line")} of the run cannot be read; \`safethink check\` names them.`] : []),
		...(can.run || can.why === undefined ? [] : [`This run can be looked at only: ${can.why}`]),
	];
}
