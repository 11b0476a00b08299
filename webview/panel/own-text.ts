/** Words of one's own for the beginning of a step; the model goes on where they end. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { MOST_TEXT } from "../../src/contract/methods.ts";
import { Action } from "../core/action.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import type { RunClient } from "../core/run-client.ts";
import { wordsOf } from "./step-words.ts";

/** As the contract has it. */
const MOST_OWN_TEXT = 100_000;

/** `text-change` events tell the text, undefined where it is taken back. */
@customElement("st-own-text")
export class OwnText extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	@property({ attribute: false })
	accessor step = 1;
	@property({ attribute: false })
	accessor value: string | undefined;
	readonly #action = new Action(this);
	#toFocus = false;

	protected override render() {
		if (this.value === undefined)
			return html`<button type="button" class="link" ?disabled=${this.#action.busy} @click=${() => this.edit()}>edit the step's text</button>
				${problem(this.#action.error)}`;
		return html`<label class="visually-hidden" for="st-own-text">own text for step ${this.step}</label>
			<textarea id="st-own-text" class="hostile" rows="4" spellcheck="false" maxlength=${MOST_OWN_TEXT} .value=${live(this.value)}
				@input=${(event: InputEvent) => this.#change((event.target as HTMLTextAreaElement).value)} @keydown=${this.#onKey}></textarea>
			<span class="faint">The model goes on where your text ends.</span>
			<button type="button" class="link" @click=${() => this.#change(undefined)}>take back</button>
			${this.value === "" ? html`<span class="problem">The text is empty: write some, or take it back.</span>` : nothing}`;
	}

	/** Takes the step's text to change it, or goes on with what was changed. */
	async edit(): Promise<void> {
		this.#toFocus = true;
		if (this.value !== undefined) return this.#focusAsked();
		const text = await this.#action.do(() => stepText(this.run, this.traceId, this.step));
		if (text !== undefined) this.#change(wordsOf(text).slice(0, MOST_OWN_TEXT));
	}

	protected override updated(): void {
		this.#focusAsked();
	}

	/** The field is there as soon as the owner has taken the text over. */
	#focusAsked(): void {
		const field = this.querySelector("textarea");
		if (!this.#toFocus || field === null) return;
		this.#toFocus = false;
		field.focus();
	}

	/** Esc leaves the field, and what was written stays. */
	#onKey = (event: KeyboardEvent) => {
		if (event.key !== "Escape") return;
		event.stopPropagation();
		this.closest("form")?.querySelector<HTMLElement>("button.primary")?.focus();
	};

	#change(text: string | undefined): void {
		this.tell("text-change", text);
	}
}

/** Text of the step's accepted attempt, empty where nothing is drawn. @throws CallError */
async function stepText(run: RunClient, traceId: string, step: number): Promise<string> {
	const { steps } = await run.call("trace.steps", { traceId, from: step - 1, count: 1 });
	const shown = steps[0]?.shown;
	if (shown === undefined || shown.text.text.length === shown.text.total) return shown?.text.text ?? "";
	return (await run.call("trace.text", { traceId, of: shown.attemptId, from: 0, count: MOST_TEXT })).text;
}
