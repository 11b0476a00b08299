/** All keys of the page. */
import { html } from "lit";
import { customElement, query } from "lit/decorators.js";
import { KEYS, keyName } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";

@customElement("st-key-list")
export class KeyList extends PageElement {
	@query("dialog")
	accessor dialog!: HTMLDialogElement;

	show(): void {
		this.dialog.showModal();
	}

	protected override render() {
		return html`<dialog aria-labelledby="key-list-title">
			<form method="dialog">
				<div class="key-list-head"><h2 id="key-list-title">All keys</h2><button autofocus>Close</button></div>
				<table>
					<thead><tr><th scope="col">key</th><th scope="col">does</th><th scope="col">where</th></tr></thead>
					<tbody>
						${KEYS.map(
							({ key, label, views }) =>
								html`<tr><td><kbd>${keyName(key)}</kbd></td><td>${label}</td><td class="faint">${views.join(", ")}</td></tr>`,
						)}
					</tbody>
				</table>
			</form>
		</dialog>`;
	}
}
