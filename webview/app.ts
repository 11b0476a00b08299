/** The page's frame: which view is shown, its keys, the footer. */
import { html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { CallError } from "../src/contract/wire.ts";
import { type Command, type Commanded, commandOf, fieldLeft } from "./core/keys.ts";
import { PageElement } from "./core/page-element.ts";
import { Query } from "./core/query.ts";
import { type Place, placeFrom, type Route, START } from "./core/route.ts";
import type { Host } from "./core/transport.ts";
import type { KeyList } from "./frame/key-list.ts";
import "./frame/footer.ts";
import "./frame/key-list.ts";
import "./frame/notices.ts";
import "./run/run-view.ts";
import type { KeptTraces } from "./trace/kept.ts";
import "./trace/trace-view.ts";
import "./compare/compare-view.ts";

@customElement("st-app")
export class App extends PageElement {
	host!: Host;
	@state()
	accessor place: Place = START;
	/** The viewer does not answer. */
	@state()
	accessor lost: CallError | undefined;
	@query("[data-view]")
	accessor view!: HTMLElement & Commanded;
	@query("st-key-list")
	accessor keyList!: KeyList;
	/** For as long as the page lives. */
	readonly #kept: KeptTraces = new Map();
	readonly #info = new Query(this, "run.info", () => ({}));
	#openedOnly = false;

	override connectedCallback(): void {
		this.place = placeFrom(this.host.load());
		super.connectedCallback();
		document.addEventListener("keydown", this.#onKey);
		document.addEventListener("visibilitychange", this.#onVisibility);
		this.addEventListener("go", (event) => this.#go((event as CustomEvent<Route>).detail));
		this.addEventListener("place", (event) => this.#change((event as CustomEvent<Partial<Place>>).detail));
		this.addEventListener("command", (event) => this.#obey((event as CustomEvent<Command>).detail));
		this.run.onReached = (error) => {
			this.lost = error;
			if (error === undefined) this.#onVisibility();
		};
		this.run.listen((notice) => {
			if (notice.notice === "command") this.#obey(notice.command);
			if (notice.notice === "show") this.#go({ view: "trace", traceId: notice.traceId, ...stepOf(notice) });
		});
		this.#onVisibility();
	}

	protected override render() {
		const { route, blurred } = this.place;
		const info = this.#info.value;
		document.body.classList.toggle("blurred", blurred);
		return html`
			<st-notices .run=${this.run} .info=${info} .error=${this.lost ?? this.#info.error}></st-notices>
			${this.#view(route)}
			<st-footer .view=${route.view} .info=${info}></st-footer>
			<st-key-list></st-key-list>
		`;
	}

	protected override updated(): void {
		const traces = this.#info.value?.traces;
		if (traces?.planned === 1 && traces.begun > 0) void this.#openOnly();
	}

	/** A run of one trace is shown at that trace, unless somebody went elsewhere before. */
	async #openOnly(): Promise<void> {
		if (this.#openedOnly || this.place.route !== START.route) return;
		this.#openedOnly = true;
		const { rows } = await this.run.call("run.rows", { from: 0, count: 1 });
		const only = rows[0];
		if (only !== undefined && this.place.route === START.route) this.#go({ view: "trace", traceId: only.traceId });
	}

	#view(route: Route) {
		const { run, place } = this;
		const info = this.#info.value;
		if (info === undefined) return nothing;
		switch (route.view) {
			case "run":
				return html`<st-run-view data-view .run=${run} .info=${info} .place=${place}></st-run-view>`;
			case "trace":
				return html`<st-trace-view data-view .run=${run} .info=${info} .place=${place} .kept=${this.#kept} .traceId=${route.traceId} .step=${route.step}></st-trace-view>`;
			case "compare":
				return html`<st-compare-view data-view .run=${run} .info=${info} .a=${route.a} .b=${route.b} .step=${route.step}></st-compare-view>`;
		}
	}

	#go(route: Route): void {
		const { route: left, runView } = this.place;
		// Back in the run, the cursor is on the trace that was left.
		const atRow = left.view === "trace" && runView !== undefined ? { runView: { ...runView, row: left.traceId } } : {};
		this.#change({ route: route.view === "compare" ? { ...route, ...cameFrom(left) } : route, ...atRow });
	}

	#change(changes: Partial<Place>): void {
		this.place = { ...this.place, ...changes };
		this.host.save(this.place);
	}

	#onKey = (event: KeyboardEvent) => {
		fieldLeft(event)?.blur();
		const command = commandOf(event, this.place.route.view);
		if (command !== undefined && this.#obey(command)) event.preventDefault();
	};

	/** That the viewer did not hear it is said by `onReached`; it is told again when it is back. */
	#onVisibility = () =>
		void this.run.call("run.watch", { visible: document.visibilityState === "visible" }).catch(() => undefined);

	#obey(command: Command): boolean {
		if (this.view?.obey(command)) return true;
		if (command === "showKeys") this.keyList.show();
		else if (command === "toggleBlur") this.#change({ blurred: !this.place.blurred });
		else if (command === "showRun") this.#go({ view: "run" });
		else if (command === "back") this.#go(cameFrom(this.place.route).from ?? { view: "run" });
		else return false;
		return true;
	}
}

function stepOf({ step }: { step?: number | undefined }): { step?: number } {
	return step === undefined ? {} : { step };
}

/** The trace that a comparison was opened from, seen from where one is. */
function cameFrom(route: Route): Pick<Extract<Route, { view: "compare" }>, "from"> {
	if (route.view === "trace") return { from: route };
	return route.view === "compare" && route.from !== undefined ? { from: route.from } : {};
}
