/** Base of all elements of the page: no shadow, so that one style sheet, one tab order and plain ARIA references serve the page. */
import { LitElement } from "lit";
import { property } from "lit/decorators.js";
import type { RunClient } from "./run-client.ts";

export class PageElement extends LitElement {
	@property({ attribute: false })
	accessor run!: RunClient;

	protected override createRenderRoot(): HTMLElement {
		return this;
	}

	/** Tells the elements around this one. */
	protected tell<T>(name: string, detail: T): void {
		this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
	}
}
