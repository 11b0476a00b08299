/** What a filter may say, beside the input. */
import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { PageElement } from "../core/page-element.ts";
import { FILTER_FIELDS, FILTER_GRAMMAR } from "./filter-fields.ts";

@customElement("st-filter-help")
export class FilterHelp extends PageElement {
	protected override render() {
		return html`<button popovertarget="filter-help" aria-label="What a filter may say">?</button>
			<div popover id="filter-help" role="dialog" tabindex="0" aria-label="Filters">
				<h2>Filters</h2>
				<p>Conditions beside each other must all hold. Text fields take <code>:</code> or <code>!=</code>, numbers
					<code>&lt; &lt;= = != >= ></code>; <code>*</code> in a text stands for anything.</p>
				<table>
					<thead><tr><th scope="col">example</th><th scope="col">means</th></tr></thead>
					<tbody>
						${FILTER_GRAMMAR.map(([example, about]) => entry(example, about))}
						${FILTER_FIELDS.map(({ example, about, values }) => entry(example, values === undefined ? about : `${about}: ${values.join(", ")}`))}
					</tbody>
				</table>
			</div>`;
	}
}

function entry(example: string, about: string) {
	return html`<tr><td><code>${example}</code></td><td>${about}</td></tr>`;
}
