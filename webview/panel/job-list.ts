/** Work that goes on beside the page: how far it is, a way to stop it, and why it failed. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { JobView } from "../../src/contract/run-views.ts";
import { Action } from "../core/action.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { shownLine } from "../core/shown-text.ts";
import { progressText } from "./result-words.ts";

const STATES: Record<JobView["state"], string> = { running: "running", done: "done", failed: "failed", cancelled: "cancelled" };

@customElement("st-job-list")
export class JobList extends PageElement {
	@property({ attribute: false })
	accessor jobs: readonly JobView[] = [];
	/** What is counted, for example `sample`. */
	@property({ attribute: false })
	accessor noun = "sample";
	/** What came of finished jobs is shown elsewhere. */
	@property({ attribute: false })
	accessor doneElsewhere = false;
	readonly #action = new Action(this);

	protected override render() {
		const listed = this.jobs.filter((job) => (job.state !== "done" || !this.doneElsewhere) && !this.#isReplaced(job));
		// Only begin and end are announced; progress can be read at leisure.
		return html`<p class="visually-hidden" role="status">${this.jobs.map(({ label, state }) => `${shownLine(label)}: ${STATES[state]}. `)}</p>
			${
				this.jobs.length === 0
					? nothing
					: html`<ul class="jobs">${repeat(
							listed,
							({ job }) => job,
							(job) => html`<li>${this.#job(job)}</li>`,
						)}</ul>`
			}
			${problem(this.#action.error)}`;
	}

	#job(job: JobView) {
		return html`<span class="hostile">${shownLine(job.label)}</span>
			${job.state === "running" ? this.#progress(job) : this.#ended(job)}
			${problem(job.error)}`;
	}

	#progress(job: JobView) {
		return html`<progress max=${Math.max(job.total, 1)} value=${job.done} aria-label="progress"></progress>
			<span class="faint">${progressText(job, this.noun)}</span>
			<button type="button" class="link" @click=${() => this.#tell("job.cancel", job)}>cancel</button>`;
	}

	#ended(job: JobView) {
		return html`<span class="faint">${STATES[job.state]} · ${progressText(job, this.noun)}</span>
			<button type="button" class="link" aria-label="dismiss ${shownLine(job.label)}" @click=${() => this.#tell("job.dismiss", job)}>dismiss</button>`;
	}

	/** It ended, and was started again later. */
	#isReplaced(job: JobView): boolean {
		return job.state !== "running" && this.jobs.findLast((later) => isAgain(later, job)) !== job;
	}

	/** What a job replaced is dismissed with it. */
	#tell(method: "job.cancel" | "job.dismiss", job: JobView): void {
		const told = method === "job.cancel" ? [job] : this.jobs.filter((one) => one.state !== "running" && isAgain(one, job));
		void this.#action.do(() => Promise.all(told.map((one) => this.run.call(method, { job: one.job }))));
	}
}

/** The same work; of replays of a run also with other numbers, as one result is shown at a time. */
function isAgain(a: JobView, b: JobView): boolean {
	return a.kind === b.kind && a.traceId === b.traceId && (a.kind === "what-if" || a.label === b.label);
}
