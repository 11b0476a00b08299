/** Measures where injecting the prefix helps: at each of the first steps, re-runs with it and without. What comes of it stands under the curve. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import type { TraceHead } from "../../src/contract/trace-views.ts";
import { counted } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { shownLine } from "../core/shown-text.ts";
import { AskedAction } from "./asked-action.ts";
import { USUAL_SAMPLES } from "./draft.ts";
import { type NumberChange, stillWrong } from "./number-field.ts";
import { type NumberRule, SAMPLES, stepsRule } from "./numbers.ts";
import "./consent.ts";

const SAMPLES_EACH: NumberRule = { ...SAMPLES, symbol: "samples each" };
/** Steps that are measured where nothing else is said; the method steers no more by default. */
const USUAL_STEPS = 3;

@customElement("st-measure")
export class Measure extends PageElement {
	@property({ attribute: false })
	accessor info!: RunInfo;
	@property({ attribute: false })
	accessor head!: TraceHead;
	/** What would be injected: the form's. */
	@property({ attribute: false })
	accessor words = "";
	@state()
	accessor steps: number | undefined;
	@state()
	accessor samples: number | undefined;
	/** Names of fields that hold no number of their rule. */
	@state()
	accessor wrong: ReadonlySet<string> = new Set();
	@query("button[type=submit]")
	accessor button!: HTMLButtonElement;
	readonly #start = new AskedAction(this);

	protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
		if (
			changed.has("head") &&
			changed.get("head") !== undefined &&
			(changed.get("head") as TraceHead).traceId !== this.head.traceId
		) {
			this.#start.forget();
			this.steps = undefined;
		}
	}

	protected override render() {
		const hindrance = this.#hindrance();
		const { steps, samples } = this.#asked();
		const words = this.words === "" ? "a prefix" : `“${shownLine(this.words)}”`;
		return html`<form class="measure" @submit=${this.#onSubmit} @number-change=${this.#onNumber}>
				<p class="faint">How often re-runs end well when <span class="hostile">${words}</span> at one step is all that steers, and when nothing does. The steps before it stay as recorded, steered ones too.</p>
				<div class="start">
					<st-number-field .rule=${stepsRule(this.head.steps)} .own=${String(this.#usualSteps())} .value=${this.steps}></st-number-field>
					<st-number-field .rule=${SAMPLES_EACH} .own=${String(USUAL_SAMPLES)} .value=${this.samples}></st-number-field>
					<button type="submit" ?disabled=${hindrance !== undefined || this.#start.busy} aria-describedby="st-measure-hindrance">
						${this.#start.busy ? "Starting…" : `Draw ${counted(2 * steps * samples, "sample")}`}</button>
				</div>
				<p id="st-measure-hindrance" class="hindrance faint">${hindrance ?? nothing}</p>
			</form>
			${this.#start.question === undefined ? nothing : html`<st-consent .servers=${this.#start.question} @consent=${this.#onConsent}></st-consent>`}
			${problem(this.#start.error)}`;
	}

	#usualSteps(): number {
		return Math.max(1, Math.min(USUAL_STEPS, this.head.steps));
	}

	#asked(): { steps: number; samples: number } {
		return { steps: this.steps ?? this.#usualSteps(), samples: this.samples ?? USUAL_SAMPLES };
	}

	/** Why nothing can be started; undefined: it can. */
	#hindrance(): string | undefined {
		const { can } = this.info;
		if (!can.run) return can.why ?? "Nothing can be run from here.";
		if (this.wrong.size > 0) return "Mend the marked fields first.";
		if (this.head.steps === 0) return "The trace has no step.";
		return this.words === "" ? "There is no prefix: type one in the form above." : undefined;
	}

	#onNumber = ({ detail }: CustomEvent<NumberChange>) => {
		const { name, typed } = detail;
		this.wrong = stillWrong(this.wrong, detail);
		if ("problem" in typed) return;
		if (name === "steps") this.steps = typed.value;
		else this.samples = typed.value;
	};

	#onSubmit = (event: SubmitEvent) => {
		event.preventDefault();
		this.#measure();
	};

	#onConsent = async ({ detail: allowed }: CustomEvent<boolean>) => {
		await this.#start.answer(allowed, () => this.#measure());
		this.button.focus();
	};

	#measure(): void {
		if (this.#hindrance() !== undefined) return;
		const { traceId, defence } = this.head;
		const asked = { traceId, ...(this.words === defence.prefix ? {} : { prefix: this.words }), ...this.#asked() };
		void this.#start.do({ work: "branch", traceId }, async () => {
			await this.run.call("injections.measure", asked);
		});
	}
}
