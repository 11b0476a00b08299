/** Continues a run that stopped, as it was started from this workspace. */
import { basename } from "node:path";
import { SafeThinkError } from "../trace/errors.ts";
import type { Inspector } from "./inspector.ts";
import { requiredRun } from "./run-item.ts";
import { startRun } from "./start-run.ts";
import { startedRun } from "./started-runs.ts";
import { requireTrust } from "./trust.ts";

/** @throws SafeThinkError `started-elsewhere` */
export async function continueRun(inspector: Inspector, given: unknown): Promise<void> {
	requireTrust();
	const { fsPath } = requiredRun(given);
	const started = startedRun(inspector.context, fsPath);
	if (started === undefined) {
		throw new SafeThinkError("started-elsewhere", `${basename(fsPath)} was not started from this workspace`, {
			remedy: `give the command that began it once more, with --out ${fsPath}: the same \`safethink run\` goes on with what is there`,
		});
	}
	await startRun(inspector, started);
}
