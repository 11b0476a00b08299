/** The tree that a trace belongs to: the original, and what branched from it. Open one, or mark two and compare them. */
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { Query } from "../core/query.ts";
import { rateTag } from "../core/rates.ts";
import { GoEvent } from "../core/route.ts";
import { shownLine } from "../core/shown-text.ts";
import { type BranchNode, branchNodes, pathTo } from "./branch-nodes.ts";
import "./branch-trace.ts";

/** Traces of a group that are shown before one asks for all. */
const FIRST = 16;

@customElement("st-branches")
export class Branches extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	/** At most two. */
	@state()
	accessor marked: readonly string[] = [];
	/** Groups by key, where somebody has folded them out or in. */
	@state()
	accessor folded: ReadonlyMap<string, boolean> = new Map();
	/** Groups by key whose traces are all shown. */
	@state()
	accessor whole: ReadonlySet<string> = new Set();
	readonly #tree = new Query(this, "trace.tree", () => ({ traceId: this.traceId }));

	protected override render() {
		const tree = this.#tree.value;
		if (tree === undefined) return problem(this.#tree.error);
		const nodes = branchNodes(tree);
		const onPath = new Set(pathTo(nodes, this.traceId));
		return html`<ul class="branches">
				<li>${this.#trace(tree.root, "original")}</li>
				${nodes.map((node) => this.#node(node, onPath))}
			</ul>
			${nodes.length === 0 ? html`<p class="faint">No branches yet: re-run a step.</p>` : this.#compareButton()}
			${problem(this.#tree.error)}`;
	}

	/** @param from sample of the group above that this one branches from */
	#node({ key, group, below }: BranchNode, onPath: ReadonlySet<string>, from?: number): unknown {
		const open = this.folded.get(key) ?? onPath.has(key);
		const origin = from === undefined ? "" : `re-run ${from}, `;
		return html`<li>
			<button type="button" class="branch-group" aria-expanded=${open} @click=${() => this.#fold(key, !open)}>
				<span aria-hidden="true">${open ? "▾" : "▸"} └</span> from ${origin}${group.step} · <span class="hostile">${shownLine(group.label)}</span> ×${group.samples}
			</button>
			<span class="branch-rates">${rateTag("safe", group.safe)} ${rateTag("reached", group.reached)}
				${group.running > 0 ? html`<span class="faint">${group.running} running</span>` : nothing}</span>
			${open ? html`<ul>${this.#traces(key, group.traceIds)}${this.#uncounted(group.samples - group.traceIds.length)}</ul>` : nothing}
			${below.length === 0 ? nothing : html`<ul>${below.map(({ sample, node }) => this.#node(node, onPath, sample))}</ul>`}
		</li>`;
	}

	#traces(key: string, traceIds: readonly string[]) {
		const current = traceIds.indexOf(this.traceId);
		const shown = this.whole.has(key) ? traceIds : traceIds.slice(0, Math.max(FIRST, current + 1));
		return html`${shown.map((traceId, index) => html`<li>${this.#trace(traceId, `re-run ${index + 1}`)}</li>`)}
			${shown.length < traceIds.length ? html`<li><button type="button" class="link" @click=${() => this.#showWhole(key)}>all ${traceIds.length}</button></li>` : nothing}`;
	}

	#uncounted(more: number) {
		return more > 0 ? html`<li class="faint">and ${more} more, in the run's list</li>` : nothing;
	}

	#trace(traceId: string, name: string) {
		return html`<st-branch-trace .run=${this.run} .traceId=${traceId} .name=${name} .current=${traceId === this.traceId}
			.marked=${this.marked.includes(traceId)} @mark=${(event: CustomEvent<boolean>) => this.#mark(traceId, event.detail)}></st-branch-trace>`;
	}

	#compareButton() {
		const pair = this.#pair();
		return html`<p class="buttons"><button type="button" title="lay two traces side by side (c)" ?disabled=${pair === undefined} @click=${() => this.compare()}>Compare</button>
			${pair === undefined ? html`<span class="faint">mark one or two</span>` : nothing}</p>`;
	}

	/** Lays the two marked traces, or the marked one and the open one, side by side. @returns whether there are two. */
	compare(): boolean {
		const pair = this.#pair();
		if (pair !== undefined) this.dispatchEvent(new GoEvent({ view: "compare", ...pair }));
		return pair !== undefined;
	}

	#pair(): { a: string; b: string } | undefined {
		const others = this.marked.filter((traceId) => traceId !== this.traceId);
		const [a, b] = this.marked.length === 2 ? this.marked : [this.traceId, others[0]];
		return a === undefined || b === undefined ? undefined : { a, b };
	}

	/** A third mark takes the place of the older one. */
	#mark(traceId: string, marked: boolean): void {
		const others = this.marked.filter((other) => other !== traceId);
		this.marked = marked ? [...others, traceId].slice(-2) : others;
	}

	#fold(key: string, open: boolean): void {
		this.folded = new Map(this.folded).set(key, open);
	}

	#showWhole(key: string): void {
		this.whole = new Set(this.whole).add(key);
	}
}
