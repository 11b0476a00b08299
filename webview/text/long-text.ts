/** A text of any length: its beginning, and more of it on demand. */
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Action } from "../core/action.ts";
import { countText } from "../core/format.ts";
import { problem } from "../core/problem.ts";
import { shownText } from "../core/shown-text.ts";
import { PieceElement } from "./piece-element.ts";
import { type Extent, FIRST, firstPart, grown, MORE } from "./text-part.ts";

@customElement("st-long-text")
export class LongText extends PieceElement {
	@state()
	accessor extent: Extent = FIRST;
	/** What is at hand: the piece, and what was asked for since. */
	#held = "";
	#subject = "";
	readonly #action = new Action(this);

	protected override willUpdate(): void {
		const subject = `${this.traceId} ${this.of}`;
		if (subject !== this.#subject) {
			this.#subject = subject;
			this.extent = FIRST;
			this.#held = "";
		}
		// A text only grows, unless it is another one.
		if (!this.#held.startsWith(this.piece.text)) this.#held = this.piece.text;
	}

	protected override render() {
		const part = firstPart(this.#held, this.extent);
		const more = this.piece.total - part.length;
		// The line feeds around a text are no part of what is read.
		const shown = (more <= 0 ? part.trimEnd() : part).replace(/^\n+/, "");
		return html`<span class="hostile">${shownText(shown)}</span>${more <= 0 ? nothing : this.#more(more)}${problem(this.#action.error)}`;
	}

	#more(left: number) {
		return html`<span class="more">… <button class="link" ?disabled=${this.#action.busy} @click=${this.#show}>show more</button>
			<span class="faint">${countText(left)} of ${countText(this.piece.total)} characters are not shown</span></span>`;
	}

	#show = async () => {
		const extent = grown(this.extent);
		const missing = Math.min(extent.characters, this.piece.total) - this.#held.length;
		if (missing > 0 && !(await this.#fetch())) return;
		this.extent = extent;
	};

	async #fetch(): Promise<boolean> {
		const subject = this.#subject;
		const { traceId, of } = this;
		const from = this.#held.length;
		const window = await this.#action.do(() => this.run.call("trace.text", { traceId, of, from, count: MORE.characters }));
		if (window === undefined || subject !== this.#subject || from !== this.#held.length) return false;
		this.#held += window.text;
		return true;
	}
}
