/** Stopping the process that writes a run. */
import { hostname } from "node:os";
import { realPath } from "../../store/journal.ts";
import { isHolder, lockHolder } from "../../store/lock.ts";
import { SafeThinkError } from "../../trace/errors.ts";

/**
 * Asks the process that writes a run to stop, as Ctrl-C does: it puts its traces to rest first.
 * @param path the run's own file.
 * @throws SafeThinkError `not-running`, `another-host`, `cannot-stop`; StoreError `no-file`
 */
export function stopRun(path: string): void {
	const holder = lockHolder(realPath(path));
	if (holder === undefined) {
		throw new SafeThinkError("not-running", `nobody writes ${path}`, { remedy: "nothing is to be stopped: the run has ended" });
	}
	const { pid, host } = holder;
	const byHand = { remedy: `stop it as the user who started it: kill -INT ${pid}` };
	if (host !== hostname()) {
		throw new SafeThinkError("another-host", `${path} is written by process ${pid} on ${host}, another machine`, {
			remedy: `stop it there: kill -INT ${pid}`,
		});
	}
	if (!isHolder(holder))
		throw new SafeThinkError("cannot-stop", `it is not certain that process ${pid} is the one that writes ${path}`, byHand);
	try {
		process.kill(pid, "SIGINT");
	} catch (error) {
		throw new SafeThinkError("cannot-stop", `process ${pid}, which writes ${path}, cannot be stopped from here`, {
			...byHand,
			cause: error,
		});
	}
}
