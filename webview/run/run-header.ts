/** The head of the run view: what the run is, how far it is, and a way to stop it. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { Action } from "../core/action.ts";
import { bytesText, counted, countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { shownLine } from "../core/shown-text.ts";
import { paceText, stateText } from "./progress.ts";

@customElement("st-run-header")
export class RunHeader extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@state()
	accessor confirming = false;
	/** The writer was asked to stop; it ends what it is at. */
	@state()
	accessor stopping = false;
	readonly #stop = new Action(this);

	/** Asks whether the run is to be stopped. */
	askToStop(): void {
		this.confirming = this.info.state === "running";
		void this.updateComplete.then(() => this.querySelector<HTMLElement>(".confirm button")?.focus());
	}

	protected override willUpdate(): void {
		if (this.info.state !== "running") this.stopping = false;
	}

	protected override render() {
		const { name, plan, traces, state: runState, reading } = this.info;
		const pace = paceText(this.info);
		return html`<header>
			<h1 class="hostile">${shownLine(name)}</h1>
			<span class="pill">${counted(plan.defences.length, "defence")} × ${counted(plan.prompts, "prompt")} × ${counted(plan.samples, "sample")}</span>
			<span class="pill">${countText(traces.ended)} of ${counted(traces.planned, "trace")}</span>
			${traces.failed > 0 ? html`<span class="pill failure">${countText(traces.failed)} failed</span>` : nothing}
			${traces.branches > 0 ? html`<span class="pill">${countText(traces.branches)} ${traces.branches === 1 ? "branch" : "branches"}</span>` : nothing}
			<span class="faint hostile model">${shownLine(plan.model)}</span>
			<span class="end">
				${pace === undefined ? nothing : html`<span class="pill">${pace}</span>`}
				${reading === null ? html`<span class="pill run-state ${runState}" title=${stateText(this.info)}>${runState}</span>` : nothing}
				${runState === "running" ? this.#stopping() : nothing}
			</span>
			${problem(this.#stop.error)}
			${
				reading === null
					? html`<progress aria-label="Ended traces" max=${Math.max(1, traces.planned)} .value=${traces.ended}></progress>`
					: html`<progress aria-label="Reading the run" max=${Math.max(1, reading.of)} .value=${reading.bytes}></progress>
						<p class="faint" role="status">Reading the run for the first time: ${bytesText(reading.bytes)} of ${bytesText(reading.of)}. What is below is what is known so far.</p>`
			}
		</header>`;
	}

	#stopping() {
		const { can } = this.info;
		if (this.stopping) return html`<span role="status">stopping…</span>`;
		if (!this.confirming)
			return html`<button ?disabled=${!can.run} title=${can.why ?? "ends the process that writes this run"} @click=${() => this.askToStop()}>Stop…</button>`;
		return html`<span class="confirm" role="group" aria-label="Stop the run?">
			What was done is kept.
			<button class="primary" ?disabled=${this.#stop.busy} @click=${this.#onStop}>Stop the run</button>
			<button @click=${() => (this.confirming = false)}>Go on</button>
		</span>`;
	}

	#onStop = async () => {
		this.stopping = (await this.#stop.do(() => this.run.call("run.stop", {}))) !== undefined;
		this.confirming = false;
	};
}
