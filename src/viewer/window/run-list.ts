/** What is known of run files without reading them whole: for a list of many. */
import type { RunListItem } from "../../contract/window.ts";
import { lockHolder } from "../../store/lock.ts";
import type { Header } from "../../store/parse.ts";
import { readHeader } from "../../store/reader.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { EventOf } from "../../trace/events.ts";
import { planView } from "../plan-view.ts";
import { type Progress, RunProgress } from "./run-progress.ts";

/** Run files by path; remembers what it counted. */
export class RunList {
	readonly #progress = new Map<string, RunProgress>();

	/** One item a path, in their order; what is wrong with a file stands in its item. Files not asked for are forgotten. */
	async items(paths: readonly string[]): Promise<RunListItem[]> {
		for (const known of this.#progress.keys()) if (!paths.includes(known)) this.#progress.delete(known);
		const items: RunListItem[] = [];
		for (const path of paths) items.push(await this.#item(path));
		return items;
	}

	async #item(path: string): Promise<RunListItem> {
		try {
			const header = ownHeader(await readHeader(path), path);
			const progress = this.#progress.get(path) ?? new RunProgress(path);
			this.#progress.set(path, progress);
			return { path, run: describe(header, await progress.now(), lockHolder(path) !== undefined) };
		} catch (error) {
			if (error instanceof SafeThinkError) return { path, error: error.toRecord() };
			return { path, error: { kind: "unreadable", message: `${path} cannot be read: ${(error as Error).message}` } };
		}
	}
}

function ownHeader(header: Header, path: string): EventOf<"run.started"> {
	if (header.type === "run.started") return header;
	throw new SafeThinkError("beside-a-run", `${path} belongs to a run beside it`, { remedy: "open the run itself" });
}

function describe(header: EventOf<"run.started">, { ended, failed, finished }: Progress, written: boolean): RunListItem["run"] {
	const { plan, planned } = planView(header);
	return {
		state: written ? "running" : finished || (planned > 0 && ended >= planned) ? "finished" : "stopped",
		planned,
		ended,
		failed,
		started: header.time,
		model: plan.model,
		defences: plan.defences.map(({ name }) => name),
	};
}
