/** A field for a scorer: one that is known here, or a specification as `--scorer` takes it. */
import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { PageElement } from "../core/page-element.ts";
import { Query } from "../core/query.ts";
import { shownLine } from "../core/shown-text.ts";

let instances = 0;

/** `scorer-change` events tell the specification, undefined where the field is empty. */
@customElement("st-scorer-choice")
export class ScorerChoice extends PageElement {
	@property({ attribute: false })
	accessor value: string | undefined;
	@property({ attribute: false })
	accessor own = "choose or type, as --scorer takes it";
	readonly #id = `st-scorer-${++instances}`;
	readonly #known = new Query(this, "scorers.known", () => ({}));

	override focus(): void {
		this.querySelector("input")?.focus();
	}

	protected override render() {
		return html`<span class="scorer-choice ${this.value === undefined ? "" : "changed"}">
			<label for=${this.#id}>scorer</label>
			<input id=${this.#id} class="hostile" list="${this.#id}-known" autocomplete="off" spellcheck="false" placeholder=${this.own}
				.value=${live(this.value ?? "")} @input=${this.#onInput} />
			<datalist id="${this.#id}-known">
				${this.#known.value?.scorers.map(({ spec, label }) => html`<option value=${spec}>${shownLine(label)}</option>`)}
			</datalist>
		</span>`;
	}

	#onInput = (event: InputEvent) => {
		const spec = (event.target as HTMLInputElement).value.trim();
		this.tell<string | undefined>("scorer-change", spec === "" ? undefined : spec);
	};
}
