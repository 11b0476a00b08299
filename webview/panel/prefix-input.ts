/** A field for an injected prefix, with the library and the prefixes used before as completions. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { PrefixView } from "../../src/contract/act-views.ts";
import { PageElement } from "../core/page-element.ts";
import { Query } from "../core/query.ts";
import { shownLine, shownText } from "../core/shown-text.ts";
import { choiceRates, choicesFor, fromOneLine, inOneLine, pastedInOneLine } from "./prefix-choices.ts";
import "./prefix-keeper.ts";

let instances = 0;

/**
 * Events, each with the prefix: `prefix-change` while it is typed, `prefix-done` on Enter; and `prefix-cancel` on Escape.
 * Shift+Enter types a line break, shown as ⏎; the sign itself is typed as \⏎.
 */
@customElement("st-prefix-input")
export class PrefixInput extends PageElement {
	@property({ attribute: false })
	accessor value = "";
	/** Name for screen readers. */
	@property({ attribute: false })
	accessor label = "prefix";
	@query("input")
	accessor field!: HTMLInputElement;
	@query("[role=listbox]")
	accessor list!: HTMLElement;
	@state()
	accessor open = false;
	/** Index of the choice that Enter takes. */
	@state()
	accessor active = -1;
	/** What was typed since the list was opened; all choices are shown before. */
	@state()
	accessor sought = "";
	/** Where the field's owner has not taken over what was typed. */
	@state()
	accessor typed: string | undefined;
	readonly #id = `st-prefix-${++instances}`;
	#seen = "";
	readonly #prefixes = new Query(this, "prefixes.list", () => ({}));

	override focus(): void {
		this.field?.focus();
		this.field?.select();
	}

	protected override willUpdate(): void {
		if (this.value !== this.#seen) this.typed = undefined;
		this.#seen = this.value;
	}

	protected override updated(): void {
		const shown = this.list.matches(":popover-open");
		const wanted = this.open && this.#choices().length > 0;
		if (wanted !== shown) this.list.togglePopover(wanted);
		this.list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
	}

	protected override render() {
		const choices = this.#choices();
		const active = this.open ? choices[this.active] : undefined;
		const prefix = this.typed ?? this.value;
		const known = this.#prefixes.value?.prefixes.find(({ text }) => text === prefix);
		return html`<div class="prefix-input" @focusout=${this.#onFocusOut}>
			<input class="hostile" role="combobox" aria-label=${this.label} aria-autocomplete="list" aria-controls=${this.#id}
				aria-expanded=${this.open && choices.length > 0} aria-activedescendant=${active ? `${this.#id}-${this.active}` : nothing}
				aria-describedby="${this.#id}-keys" autocomplete="off" spellcheck="false" placeholder="no prefix" maxlength="10000"
				.value=${live(inOneLine(prefix))} @input=${this.#onInput} @keydown=${this.#onKey} @paste=${this.#onPaste}
				@click=${() => this.#show()} />
			<st-prefix-keeper .run=${this.run} .text=${prefix} .kept=${known?.inLibrary ?? false}></st-prefix-keeper>
			<span class="visually-hidden" id="${this.#id}-keys">Arrow down lists prefixes, Shift and Enter type a line break, shown as ⏎.</span>
			<ul id=${this.#id} role="listbox" aria-label="prefixes" popover="manual" class="choices" @pointerdown=${this.#keepFocus}>
				${choices.map((choice, index) => this.#option(choice, index))}
			</ul>
		</div>`;
	}

	#option(choice: PrefixView, index: number) {
		return html`<li id="${this.#id}-${index}" role="option" class="choice" aria-selected=${index === this.active} @click=${() => this.#take(choice)}>
			<span class="hostile">“${shownLine(choice.text)}”</span>
			<span class="faint">${choiceRates(choice)}${choice.inLibrary ? " · in the library" : ""}</span>
			${choice.note === undefined ? nothing : html`<span class="hostile faint">${shownText(choice.note)}</span>`}
		</li>`;
	}

	#choices(): PrefixView[] {
		return choicesFor(this.#prefixes.value?.prefixes ?? [], this.sought);
	}

	#show(): void {
		if (this.open) return;
		this.open = true;
		this.active = -1;
		this.sought = "";
		// The library changes outside of this page, too.
		this.#prefixes.again();
	}

	#hide(): void {
		this.open = false;
		this.active = -1;
	}

	#onInput = () => {
		const prefix = fromOneLine(this.field.value);
		this.#show();
		this.sought = prefix;
		this.active = -1;
		this.#change(prefix);
	};

	#change(prefix: string): void {
		this.typed = prefix;
		this.tell("prefix-change", prefix);
	}

	#take(choice: PrefixView): void {
		this.#change(choice.text);
		this.#hide();
	}

	#onKey = (event: KeyboardEvent) => {
		if (this.#key(event)) {
			event.preventDefault();
			event.stopPropagation();
		}
	};

	/** @returns whether the key was the field's. */
	#key({ key, shiftKey, isComposing }: KeyboardEvent): boolean {
		if (isComposing) return false;
		switch (key) {
			case "ArrowDown":
				return this.#move(1);
			case "ArrowUp":
				return this.#move(-1);
			case "Enter":
				if (shiftKey) this.#insert("\n");
				else this.#enter();
				return true;
			case "Escape":
				if (this.open && this.#choices().length > 0) this.#hide();
				else this.#cancel();
				return true;
			default:
				return false;
		}
	}

	#move(by: number): boolean {
		if (!this.open) this.#show();
		const { length } = this.#choices();
		if (length > 0) this.active = this.active < 0 && by < 0 ? length - 1 : (this.active + by + length) % length;
		return true;
	}

	#enter(): void {
		const choice = this.open ? this.#choices()[this.active] : undefined;
		if (choice !== undefined) this.#take(choice);
		else {
			this.#hide();
			this.tell("prefix-done", this.typed ?? this.value);
		}
	}

	#cancel(): void {
		this.#hide();
		this.typed = undefined;
		this.tell("prefix-cancel", undefined);
	}

	/** A field of one line would drop the line breaks. */
	#onPaste = (event: ClipboardEvent) => {
		const pasted = event.clipboardData?.getData("text/plain") ?? "";
		if (!/[\r\n]/.test(pasted)) return;
		event.preventDefault();
		this.#insert(pasted);
	};

	#insert(text: string): void {
		const { selectionStart, selectionEnd, value } = this.field;
		const before = pastedInOneLine(value.slice(0, selectionStart ?? value.length) + text);
		this.field.value = before + value.slice(selectionEnd ?? value.length);
		this.field.setSelectionRange(before.length, before.length);
		this.#onInput();
	}

	#onFocusOut = (event: FocusEvent) => {
		if (!this.contains(event.relatedTarget as Node | null)) this.#hide();
	};

	/** A click on a choice leaves the focus in the field. */
	#keepFocus = (event: PointerEvent) => event.preventDefault();
}
