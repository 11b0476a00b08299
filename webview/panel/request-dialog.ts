/** A request exactly as it was sent, to read and to copy. */
import { html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { Piece } from "../../src/contract/parts.ts";
import type { RequestView } from "../../src/contract/trace-views.ts";
import { countText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { shownLine, shownText } from "../core/shown-text.ts";

@customElement("st-request-dialog")
export class RequestDialog extends PageElement {
	@state()
	accessor asked: { traceId: string; request: string } | undefined;
	/** What became of copying. */
	@state()
	accessor copied = "";
	@query("dialog")
	accessor dialog!: HTMLDialogElement;
	readonly #request = new Query(
		this,
		"trace.request",
		() => this.asked,
		({ request, traceId }) => `${request} ${traceId}`,
	);

	/** Shows a request of a trace. */
	show(traceId: string, request: string): void {
		this.asked = { traceId, request };
		this.copied = "";
		this.dialog.showModal();
	}

	protected override render() {
		const { value, error } = this.#request;
		return html`<dialog class="request" aria-label="exact request" @close=${this.#onClose}>
			<h2>Exact request</h2>
			${problem(error)}
			${value === undefined ? (error ? nothing : html`<p class="faint">Being rebuilt from the run file…</p>`) : this.#facts(value)}
			<form method="dialog" class="buttons">
				${value === undefined ? nothing : this.#copyButtons(value)}
				<button autofocus>Close</button>
				<span role="status" class="faint">${this.copied}</span>
			</form>
		</dialog>`;
	}

	#facts({ url, path, step, attempt, seed, maxTokens, body }: RequestView) {
		return html`<dl>
				<dt>to</dt><dd class="hostile">POST ${shownLine(url)}${shownLine(path)}</dd>
				<dt>for</dt><dd>step ${step}, ${attempt === 0 ? "unsteered" : `attempt ${attempt}`}</dd>
				<dt>seed</dt><dd>${seed}</dd>
				<dt>most tokens</dt><dd>${countText(maxTokens)}</dd>
			</dl>
			<pre class="hostile" tabindex="0" role="region" aria-label="body">${shownText(body.text)}</pre>
			${body.text.length < body.total ? html`<p class="faint">The first ${countText(body.text.length)} of ${countText(body.total)} characters.</p>` : nothing}
			<p class="faint">Keys are never shown: set the variable that the command names.</p>`;
	}

	#copyButtons({ body, curl }: RequestView) {
		return html`<button type="button" @click=${() => this.#copy(body, "body")}>Copy body</button>
			<button type="button" @click=${() => this.#copy(curl, "curl command")}>Copy as curl</button>`;
	}

	async #copy({ text, total }: Piece, what: string): Promise<void> {
		try {
			await navigator.clipboard.writeText(text);
			this.copied =
				text.length < total ? `${what}: only the first ${countText(text.length)} characters copied` : `${what} copied`;
		} catch {
			this.copied = "The clipboard is not allowed here: select the text and copy it.";
		}
	}

	#onClose = () => {
		this.asked = undefined;
	};
}
