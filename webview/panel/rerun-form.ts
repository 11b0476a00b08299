/** What to change at a step, and how often to draw from there. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { Changes } from "../../src/contract/act-views.ts";
import type { DefenceView } from "../../src/contract/parts.ts";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine } from "../core/shown-text.ts";
import { type Draft, emptyDraft, realChanges, USUAL_SAMPLES, withChange } from "./draft.ts";
import { type NumberChange, stillWrong } from "./number-field.ts";
import { METHOD_NUMBERS, type NumberRule, SAMPLES, SEED } from "./numbers.ts";
import { changedText, injectionSentence, lostEnding } from "./rerun-words.ts";
import "./asked-servers.ts";
import "./own-text.ts";
import "./prefix-input.ts";
import "./scorer-choice.ts";

/** Tells `draft-change` with the changed draft, and `rerun` with the draft to start. */
@customElement("st-rerun-form")
export class RerunForm extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor traceId = "";
	/** The trace's own defence. */
	@property({ attribute: false })
	accessor own!: DefenceView;
	@property({ attribute: false })
	accessor draft!: Draft;
	/** A start is under way. */
	@property({ attribute: false })
	accessor busy = false;
	@query("button.primary")
	accessor button!: HTMLButtonElement;
	/** Names of fields that hold no number of their rule. */
	@state()
	accessor wrong: ReadonlySet<string> = new Set();
	/** Fields are made anew when all is reset. */
	#resets = 0;

	/** Starts what is described, where that can be done. */
	submit(): void {
		if (this.#hindrance() === undefined && !this.busy) this.tell("rerun", this.draft);
		else this.querySelector<HTMLElement>("[aria-invalid=true], .hindrance")?.focus();
	}

	protected override render() {
		const { draft, own } = this;
		const hindrance = this.#hindrance();
		const changes = realChanges(draft.changes, own);
		return html`<form class="rerun" @submit=${this.#onSubmit}>
			${keyed(this.#resets, this.#fields())}
			${Object.keys(changes).length === 0 ? nothing : html`<p class="changed-text hostile">${changedText(changes, own)} <button type="button" class="link" @click=${this.#reset}>reset</button></p>`}
			<st-asked-servers .run=${this.run} .asked=${this.#asked()}></st-asked-servers>
			<div class="start" @number-change=${this.#onSamples}>
				${this.#number(SAMPLES, String(USUAL_SAMPLES), draft.samples === USUAL_SAMPLES ? undefined : draft.samples)}
				<button class="primary" ?disabled=${hindrance !== undefined || this.busy} aria-describedby="st-rerun-hindrance">${this.busy ? "Starting…" : html`Re-run <kbd>r</kbd>`}</button>
			</div>
			<p id="st-rerun-hindrance" class="hindrance faint" tabindex="-1">${hindrance ?? nothing}</p>
		</form>`;
	}

	#fields() {
		const { run, draft, own } = this;
		const { changes } = draft;
		return html`<div class="fields" @number-change=${this.#onNumber}>
			<div class="field ${realChanges(changes, own).prefix === undefined ? "" : "changed"}">
				<span aria-hidden="true">prefix</span>
				<st-prefix-input .run=${run} .value=${changes.prefix ?? own.prefix} @prefix-change=${this.#onPrefix}
					@prefix-done=${this.#onPrefixDone} @prefix-cancel=${this.#onPrefixCancel}></st-prefix-input>
			</div>
			${this.#lostEnding()}
			<div class="field">
				<label for="st-inject">inject</label>
				<select id="st-inject" aria-describedby="st-inject-means" @change=${this.#onInject}>
					<option value="below-tau" ?selected=${changes.inject !== "always"}>only below τ</option>
					<option value="always" ?selected=${changes.inject === "always"}>always</option>
				</select>
			</div>
			<p id="st-inject-means" class="faint">${injectionSentence(draft, own)}</p>
			<st-own-text .run=${run} .traceId=${this.traceId} .step=${draft.step} .value=${changes.text}
				@text-change=${(event: CustomEvent<string | undefined>) => this.#change("text", event.detail)}></st-own-text>
			<fieldset class="numbers">
				<legend>method</legend>
				${METHOD_NUMBERS.map((rule) => this.#number(rule, String(own[rule.name as keyof DefenceView]), changes[rule.name as keyof Changes] as number | undefined))}
				${this.#number(SEED, String(this.info.plan.seed), changes.seed)}
			</fieldset>
			<st-scorer-choice .run=${run} .value=${changes.scorer} .own=${this.info.plan.scorer ?? "no scorer"}
				@scorer-change=${(event: CustomEvent<string | undefined>) => this.#change("scorer", event.detail)}></st-scorer-choice>
		</div>`;
	}

	/** A separator that goes with the old words changes more than the words. */
	#lostEnding() {
		const { changes } = this.draft;
		const ending = lostEnding(changes, this.own);
		if (ending === undefined) return nothing;
		const add = () => this.#change("prefix", `${changes.prefix}${ending}`);
		return html`<p class="lost-ending faint">Unlike the trace's own it does not end with “${shownLine(ending)}”: the model goes on right behind it.
			<button type="button" class="link" @click=${add}>add “${shownLine(ending)}”</button></p>`;
	}

	#number(rule: NumberRule, own: string, value: number | undefined) {
		return html`<st-number-field .rule=${rule} .own=${own} .value=${value}></st-number-field>`;
	}

	/** Undefined: nothing can be started here. */
	#asked() {
		const { scorer } = this.draft.changes;
		const { traceId, info } = this;
		return info.can.run ? { work: "branch" as const, traceId, ...(scorer === undefined ? {} : { scorer }) } : undefined;
	}

	/** Why nothing can be started; undefined: it can. */
	#hindrance(): string | undefined {
		const { can } = this.info;
		if (!can.run) return can.why ?? "Nothing can be run from here.";
		if (this.wrong.size > 0) return "Mend the marked fields first.";
		return this.draft.changes.text === "" ? "The step's text is empty." : undefined;
	}

	#change<K extends keyof Changes>(name: K, value: Changes[K] | undefined): void {
		this.tell("draft-change", withChange(this.draft, name, value));
	}

	/** @returns the number to take over, if it is one. */
	#noted(change: NumberChange): { value: number | undefined } | undefined {
		this.wrong = stillWrong(this.wrong, change);
		return "problem" in change.typed ? undefined : change.typed;
	}

	#onNumber = ({ detail }: CustomEvent<NumberChange>) => {
		const noted = this.#noted(detail);
		if (noted !== undefined) this.#change(detail.name as "threshold" | "depth" | "resamples" | "seed", noted.value);
	};

	#onSamples = ({ detail }: CustomEvent<NumberChange>) => {
		const noted = this.#noted(detail);
		if (noted !== undefined) this.tell("draft-change", { ...this.draft, samples: noted.value ?? USUAL_SAMPLES });
	};

	#onPrefix = (event: CustomEvent<string>) => {
		event.stopPropagation();
		this.#change("prefix", event.detail === this.own.prefix ? undefined : event.detail);
	};

	#onPrefixDone = (event: CustomEvent<string>) => {
		event.stopPropagation();
		this.button.focus();
	};

	#onPrefixCancel = (event: CustomEvent) => {
		event.stopPropagation();
		this.#change("prefix", undefined);
	};

	#onInject = (event: Event) => {
		this.#change("inject", (event.target as HTMLSelectElement).value === "always" ? "always" : undefined);
	};

	#reset = () => {
		this.#resets++;
		this.wrong = new Set();
		this.tell("draft-change", { ...emptyDraft(this.draft.step), samples: this.draft.samples });
	};

	#onSubmit = (event: SubmitEvent) => {
		event.preventDefault();
		this.submit();
	};
}
