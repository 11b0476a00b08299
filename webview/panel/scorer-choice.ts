/** A field for a scorer: one that is known here, or a specification as `--scorer` takes it. */
import { html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Methods } from "../../src/contract/methods.ts";
import type { Result } from "../../src/contract/wire.ts";
import { Action } from "../core/action.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
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
	/** Asked for when somebody comes to choose. */
	@state()
	accessor known: Result<Methods, "scorers.known">["scorers"] = [];
	readonly #action = new Action(this);

	override focus(): void {
		this.querySelector("input")?.focus();
	}

	protected override render() {
		return html`<span class="scorer-choice ${this.value === undefined ? "" : "changed"}">
			<label for=${this.#id}>scorer</label>
			<input id=${this.#id} class="hostile" list="${this.#id}-known" autocomplete="off" spellcheck="false" placeholder=${shownLine(this.own)}
				aria-describedby="${this.#id}-hint"
				.value=${live(this.value ?? "")} @input=${this.#onInput} @focus=${this.#onFocus} />
			<datalist id="${this.#id}-known">
				${this.known.map(({ spec, label }) => html`<option value=${spec}>${shownLine(label)}</option>`)}
			</datalist>
		</span>
		<p id="${this.#id}-hint" class=${this.value === undefined ? "visually-hidden" : "faint"}>A scorer with <code>prompt=</code> or <code>key=</code> must come from the settings, or from <code>safethink view --scorer</code>.</p>
		${problem(this.#action.error)}`;
	}

	#onFocus = async () => {
		const known = await this.#action.do(() => this.run.call("scorers.known", {}));
		this.known = known?.scorers ?? this.known;
	};

	#onInput = (event: InputEvent) => {
		const spec = (event.target as HTMLInputElement).value.trim();
		this.tell<string | undefined>("scorer-change", spec === "" ? undefined : spec);
	};
}
