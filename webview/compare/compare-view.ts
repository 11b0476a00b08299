import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/views.ts";
import type { Commanded, KeyCommand } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";

@customElement("st-compare-view")
export class CompareView extends PageElement implements Commanded {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor a = "";
	@property({ attribute: false })
	accessor b = "";
	@property({ attribute: false })
	accessor step: number | undefined;

	obey(_command: KeyCommand): boolean {
		return false;
	}
	protected override render() {
		return html``;
	}
}
