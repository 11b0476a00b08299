/** Sliders for the method's three numbers, each with a field for an exact number. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { MethodNumbers } from "../../src/contract/act-views.ts";
import { PageElement } from "../core/page-element.ts";
import { METHOD_NUMBERS, type NumberRule, typedNumber } from "./numbers.ts";

/** A `numbers-change` event tells all three. */
@customElement("st-number-sliders")
export class NumberSliders extends PageElement {
	@property({ attribute: false })
	accessor numbers!: MethodNumbers;
	@property({ attribute: false })
	accessor own!: MethodNumbers;
	/** Where the slider of m ends; more can be typed. */
	@property({ attribute: false })
	accessor steps = 0;

	override focus(): void {
		this.querySelector<HTMLElement>("input[type=range]")?.focus();
	}

	protected override render() {
		return html`<div class="sliders" role="group" aria-label="method">
			${METHOD_NUMBERS.map((rule) => this.#slider(rule, rule.name as keyof MethodNumbers))}
		</div>`;
	}

	#slider(rule: NumberRule, name: keyof MethodNumbers) {
		const value = this.numbers[name];
		const high = this.#high(rule, name);
		const changed = value !== this.own[name];
		const onInput = (event: InputEvent) => this.#change(rule, name, (event.target as HTMLInputElement).value);
		return html`<span class="slider ${changed ? "changed" : ""}">
			<span aria-hidden="true">${rule.symbol}</span>
			<input type="range" aria-label=${rule.label} min=${rule.low} max=${high} step=${rule.whole ? 1 : 0.01} .value=${live(String(value))} @input=${onInput} />
			<input type="number" aria-label="${rule.label}, exact" min=${rule.low} max=${rule.high} step=${rule.whole ? 1 : "any"} .value=${live(String(value))} @change=${onInput} />
			${changed ? html`<span class="visually-hidden">changed from ${this.own[name]}</span>` : nothing}
		</span>`;
	}

	#high(rule: NumberRule, name: keyof MethodNumbers): number {
		if (name === "threshold") return rule.high;
		const most = name === "depth" ? this.steps : 16;
		return Math.min(rule.high, Math.max(most, this.own[name], this.numbers[name], 4));
	}

	#change(rule: NumberRule, name: keyof MethodNumbers, text: string): void {
		const typed = typedNumber(rule, text);
		if ("problem" in typed || typed.value === undefined) this.requestUpdate();
		else this.tell<MethodNumbers>("numbers-change", { ...this.numbers, [name]: typed.value });
	}
}
