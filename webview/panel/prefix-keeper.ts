/** Keeps a prefix in the library, or removes it from there and takes that back. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { Action } from "../core/action.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";

@customElement("st-prefix-keeper")
export class PrefixKeeper extends PageElement {
	@property({ attribute: false })
	accessor text = "";
	/** It is in the library. */
	@property({ attribute: false })
	accessor kept = false;
	/** Was removed here last, and can be kept again. */
	@state()
	accessor removed: string | undefined;
	readonly #action = new Action(this);

	protected override render() {
		const name = this.kept ? "remove this prefix from the library" : "keep this prefix in the library";
		return html`<button type="button" class="keep" aria-label=${name} title=${name} ?disabled=${this.text === "" || this.#action.busy}
				@click=${() => (this.kept ? this.#remove() : this.#keep(this.text))}>${this.kept ? "★" : "☆"}</button>
			${this.removed === undefined ? nothing : this.#undo(this.removed)}
			${problem(this.#action.error)}`;
	}

	#undo(removed: string) {
		return html`<span role="status" class="undo">removed from the library
			<button type="button" class="link" @click=${() => this.#keep(removed)}>undo</button></span>`;
	}

	#keep(text: string): void {
		void this.#action.do(async () => {
			await this.run.call("prefixes.keep", { text });
			this.removed = undefined;
		});
	}

	#remove(): void {
		const text = this.text;
		void this.#action.do(async () => {
			await this.run.call("prefixes.remove", { text });
			this.removed = text;
		});
	}
}
