/** Names the servers that a re-run or a rescoring would ask, before anybody starts it. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Methods } from "../../src/contract/methods.ts";
import type { Params } from "../../src/contract/wire.ts";
import { PageElement } from "../core/page-element.ts";
import { Query } from "../core/query.ts";
import { shownLine } from "../core/shown-text.ts";
import { type ServerLine, serverLines } from "./server-words.ts";

@customElement("st-asked-servers")
export class AskedServers extends PageElement {
	/** What would be started; undefined: nothing. */
	@property({ attribute: false })
	accessor asked: Params<Methods, "servers.asked"> | undefined;
	readonly #servers = new Query(
		this,
		"servers.asked",
		() => this.asked,
		({ work, traceId = "" }) => `${work} ${traceId}`,
	);

	protected override render() {
		const lines = serverLines(this.#servers.value?.servers ?? []);
		if (lines.length === 0) return nothing;
		return html`<ul class="asked-servers" aria-label="servers that are asked">${lines.map(line)}</ul>`;
	}
}

function line({ origin, parts, why, stranger }: ServerLine) {
	return html`<li class=${stranger ? "stranger" : nothing}>
		${parts}: <span class="hostile">${origin === undefined ? "embedded" : shownLine(origin)}</span> <span class="faint">${why}</span>
	</li>`;
}
