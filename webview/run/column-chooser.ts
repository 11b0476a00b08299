/** Which columns the table has. */
import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { PageElement } from "../core/page-element.ts";
import { COLUMNS } from "./columns.ts";

@customElement("st-column-chooser")
export class ColumnChooser extends PageElement {
	/** Column ids. */
	@property({ attribute: false })
	accessor hiddenColumns: readonly string[] = [];

	protected override render() {
		return html`<button popovertarget="columns">Columns</button>
			<div popover id="columns"><fieldset>
				<legend>Columns</legend>
				${COLUMNS.map(
					({ id, label }) =>
						html`<label><input type="checkbox" .checked=${!this.hiddenColumns.includes(id)} @change=${() => this.#toggle(id)}> ${label === "#" ? "number" : label}</label>`,
				)}
			</fieldset></div>`;
	}

	#toggle(id: string): void {
		const { hiddenColumns: hidden } = this;
		this.tell("columns-hidden", hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id]);
	}
}
