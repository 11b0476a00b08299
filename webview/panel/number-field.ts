/** A field for one number: empty means the trace's own, a change is marked, a mistake is said beneath. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { PageElement } from "../core/page-element.ts";
import { type NumberRule, type Typed, typedNumber } from "./numbers.ts";

/** What a `number-change` event tells. */
export interface NumberChange {
	name: NumberRule["name"];
	typed: Typed;
}

/** Names of fields that hold no number of their rule, after a change of one of them. */
export function stillWrong(wrong: ReadonlySet<string>, { name, typed }: NumberChange): ReadonlySet<string> {
	const others = [...wrong].filter((other) => other !== name);
	return new Set("problem" in typed ? [...others, name] : others);
}

let instances = 0;

@customElement("st-number-field")
export class NumberField extends PageElement {
	@property({ attribute: false })
	accessor rule!: NumberRule;
	/** Shown where nothing is typed. */
	@property({ attribute: false })
	accessor own = "";
	/** Undefined: as the trace has it. */
	@property({ attribute: false })
	accessor value: number | undefined;
	/** Typed, and no number of the rule. */
	@state()
	accessor wrong: { typed: string; problem: string } | undefined;
	readonly #id = `st-number-${++instances}`;

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (changed.has("value") && this.value !== undefined) this.wrong = undefined;
	}

	protected override render() {
		const { rule, wrong } = this;
		const changed = this.value !== undefined;
		return html`<span class="number ${changed ? "changed" : ""}">
			<label for=${this.#id}>${rule.symbol}${changed ? html`<span class="visually-hidden"> (changed)</span>` : nothing}</label>
			<input id=${this.#id} inputmode=${rule.whole ? "numeric" : "decimal"} autocomplete="off" placeholder=${this.own}
				title=${changed ? `${rule.label}, changed from ${this.own}` : rule.label} aria-invalid=${wrong !== undefined}
				aria-describedby=${wrong === undefined ? nothing : `${this.#id}-wrong`}
				.value=${live(wrong?.typed ?? this.value?.toString() ?? "")} @input=${this.#onInput} />
			${wrong === undefined ? nothing : html`<span class="problem" id="${this.#id}-wrong">${wrong.problem}</span>`}
		</span>`;
	}

	#onInput = (event: InputEvent) => {
		const { value } = event.target as HTMLInputElement;
		const typed = typedNumber(this.rule, value);
		this.wrong = "problem" in typed ? { typed: value, problem: typed.problem } : undefined;
		this.tell<NumberChange>("number-change", { name: this.rule.name, typed });
	};
}
