/** A text rendered as Markdown with formulas, where it is short enough; the renderer is loaded when it is first asked for. */
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Action } from "../core/action.ts";
import { problem } from "../core/problem.ts";
import "./long-text.ts";
import { PieceElement } from "./piece-element.ts";

/** UTF-16 units; longer texts stay plain. */
const MOST = 20_000;

@customElement("st-rich-view")
export class RichView extends PieceElement {
	@state()
	accessor rendered: DocumentFragment | undefined;
	/** So much would come of it that plain text is shown. */
	@state()
	accessor large = false;
	#subject = "";
	readonly #action = new Action(this);

	protected override willUpdate(): void {
		const { traceId, of, piece } = this;
		const subject = `${traceId} ${of} ${piece.total} ${piece.text}`;
		if (subject === this.#subject) return;
		this.#subject = subject;
		this.rendered = undefined;
		this.large = piece.total > MOST;
		if (!this.large) void this.#render(subject);
	}

	protected override render() {
		if (this.rendered !== undefined) return html`<div class="rich hostile">${this.rendered}</div>`;
		return html`<st-long-text .run=${this.run} .traceId=${this.traceId} .of=${this.of} .piece=${this.piece}></st-long-text>
			${this.large ? html`<p class="faint">Shown as plain text: it is too large to be rendered.</p>` : nothing}
			${problem(this.#action.error)}`;
	}

	async #render(subject: string): Promise<void> {
		const text = await this.#action.do(() => this.#whole());
		const { richText } = await import("./rich-text.ts");
		if (text === undefined || subject !== this.#subject) return;
		this.rendered = richText(text);
		this.large = this.rendered === undefined;
	}

	async #whole(): Promise<string> {
		const { traceId, of, piece } = this;
		const from = piece.text.length;
		if (from >= piece.total) return piece.text;
		const rest = await this.run.call("trace.text", { traceId, of, from, count: piece.total - from });
		return piece.text + rest.text;
	}
}
