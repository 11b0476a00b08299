import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { Commanded, KeyCommand } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";

@customElement("st-trace-view")
export class TraceView extends PageElement implements Commanded {
	obey(_command: KeyCommand): boolean {
		return false;
	}
	protected override render() {
		return html``;
	}
}
