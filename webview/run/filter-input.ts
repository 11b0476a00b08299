/** The filter of the table: an expression with completions, checked by the viewer before the table takes it. */
import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { ref } from "lit/directives/ref.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { CallError } from "../../src/contract/wire.ts";
import { PageElement } from "../core/page-element.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import { type Completions, completionsAt, wrongPlace } from "./filter-completions.ts";
import "./filter-help.ts";

/** Milliseconds without a key after which the expression is tried. */
const PAUSE_MS = 400;

@customElement("st-filter-input")
export class FilterInput extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	/** The expression that the table shows. */
	@property({ attribute: false })
	accessor filter = "";
	@state()
	accessor text = "";
	@state()
	accessor completions: Completions | undefined;
	@state()
	accessor active = -1;
	@state()
	accessor error: CallError | undefined;
	@query("input")
	accessor input!: HTMLInputElement;
	#pause: ReturnType<typeof setTimeout> | undefined;

	override focus(): void {
		this.input.focus();
		this.input.select();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		clearTimeout(this.#pause);
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		if (changed.has("filter")) this.text = this.filter;
	}

	protected override render() {
		const { list = [] } = this.completions ?? {};
		return html`
			<input type="text" role="combobox" aria-label="Filter" aria-autocomplete="list" aria-controls="filter-completions"
				aria-expanded=${list.length > 0} aria-activedescendant=${this.active < 0 ? nothing : `filter-completion-${this.active}`}
				aria-invalid=${this.error !== undefined} aria-describedby="filter-error" autocomplete="off" spellcheck="false" maxlength="2000"
				placeholder="verdict:harmful category:role-play reward<-0.3" .value=${this.text}
				@input=${this.#onInput} @keydown=${this.#onKey} @blur=${() => this.#close()}>
			<ul role="listbox" id="filter-completions" aria-label="Completions" ?hidden=${list.length === 0}>
				${list.map(
					({ insert, about }, index) =>
						html`<li role="option" id="filter-completion-${index}" aria-selected=${index === this.active}
							${ref((option) => index === this.active && option?.scrollIntoView({ block: "nearest" }))}
							@mousedown=${(event: Event) => this.#onChosen(event, index)}>
							<span class="hostile">${shownLine(insert)}</span> <span class="faint">${about}</span>
						</li>`,
				)}
			</ul>
			<st-filter-help></st-filter-help>
			<div id="filter-error" role="status">${this.error === undefined ? nothing : this.#problem(this.error)}</div>
		`;
	}

	#problem({ kind, message, remedy }: CallError) {
		// That is said over the view.
		if (kind === "viewer-gone") return nothing;
		const place = wrongPlace(this.text, message);
		return html`<p class="problem">
			${
				place === undefined
					? nothing
					: html`<code class="hostile">${shownLine(this.text.slice(0, place.from))}<mark>${shownLine(this.text.slice(place.from, place.to)) || "␣"}</mark>${shownLine(this.text.slice(place.to))}</code> `
			}
			<span class="hostile">${shownText(message)}</span>${remedy === undefined ? nothing : html` — <span class="hostile">${shownText(remedy)}</span>`}
			${this.filter === "" ? nothing : html`<span class="faint">The table still shows <code class="hostile">${shownLine(this.filter)}</code></span>`}
		</p>`;
	}

	#onInput = () => {
		this.text = this.input.value;
		this.#complete();
		clearTimeout(this.#pause);
		this.#pause = setTimeout(() => void this.#apply(), PAUSE_MS);
	};

	#complete(): void {
		const caret = this.input.selectionStart ?? this.text.length;
		this.completions = completionsAt(this.text, caret, this.info);
		this.active = -1;
	}

	#close(): void {
		this.completions = undefined;
		this.active = -1;
	}

	#onKey = (event: KeyboardEvent) => {
		const count = this.completions?.list.length ?? 0;
		if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#step(event.key === "ArrowDown" ? 1 : -1, count);
		else if (event.key === "Enter" && this.active >= 0) this.#choose(this.active);
		else if (event.key === "Enter") this.#leave();
		else if (event.key === "Escape" && count > 0) this.#close();
		else if (event.key === "Escape") this.#clear();
		else return;
		event.preventDefault();
	};

	#step(by: 1 | -1, count: number): void {
		if (count === 0) this.#complete();
		// One place more than completions: none is chosen.
		else this.active = ((this.active + 1 + by + count + 1) % (count + 1)) - 1;
	}

	#onChosen(event: Event, index: number): void {
		// The input keeps the focus.
		event.preventDefault();
		this.#choose(index);
	}

	#choose(index: number): void {
		const { from, to, list } = this.completions ?? { from: 0, to: 0, list: [] };
		const insert = list[index]?.insert;
		if (insert === undefined) return;
		this.text = this.text.slice(0, from) + insert + this.text.slice(to).trimStart();
		this.input.value = this.text;
		this.input.setSelectionRange(from + insert.length, from + insert.length);
		this.#complete();
		if (insert.endsWith(" ")) void this.#apply();
	}

	#leave(): void {
		this.#close();
		this.tell("filter-left", undefined);
		void this.#apply().then((applied) => applied || this.input.focus());
	}

	/** Empties the filter; from an empty one to the table. */
	#clear(): void {
		if (this.text === "") this.tell("filter-left", undefined);
		this.text = "";
		void this.#apply();
	}

	/** @returns whether the table has it. */
	async #apply(): Promise<boolean> {
		clearTimeout(this.#pause);
		const { text } = this;
		try {
			if (text.trim() !== "") await this.run.call("run.rows", { filter: text, from: 0, count: 1 });
			if (text !== this.text) return false;
			this.error = undefined;
			if (text !== this.filter) this.tell("filter", text);
			return true;
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			if (text === this.text) this.error = error;
			return false;
		}
	}
}
