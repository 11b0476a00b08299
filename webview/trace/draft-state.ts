/** The re-run that is being prepared, and whether its prefix is edited in place. */
import type { ReactiveControllerHost } from "lit";
import { atStep, type Draft, emptyDraft, withPrefix } from "../panel/draft.ts";

export class DraftState {
	readonly #host: ReactiveControllerHost;
	#draft: Draft | undefined;
	/** Step whose prefix is edited, and the draft as it was before. */
	#editing: { step: number; before: Draft | undefined } | undefined;

	constructor(host: ReactiveControllerHost) {
		this.#host = host;
	}

	/** Step whose prefix is edited in place. */
	get editing(): number | undefined {
		return this.#editing?.step;
	}

	/** For the selected step; undefined: nothing is changed yet. */
	at(step: number): Draft | undefined {
		return this.#draft && atStep(this.#draft, step);
	}

	set(draft: Draft): void {
		this.#draft = draft;
		this.#host.requestUpdate();
	}

	/** Whatever its step is. */
	get draft(): Draft | undefined {
		return this.#draft;
	}

	/** It is another trace, with this draft from earlier. */
	restore(draft: Draft | undefined): void {
		this.#draft = draft;
		this.#editing = undefined;
		this.#host.requestUpdate();
	}

	edit(step: number): void {
		if (this.#editing?.step !== step) this.#editing = { step, before: this.#draft };
		this.#host.requestUpdate();
	}

	type(step: number, prefix: string): void {
		this.set(withPrefix(this.at(step) ?? emptyDraft(step), prefix));
	}

	/** Ends editing; what was typed stays. */
	keep(): void {
		this.#editing = undefined;
		this.#host.requestUpdate();
	}

	/** Ends editing; what was typed is taken back. */
	undo(): void {
		this.#draft = this.#editing?.before;
		this.keep();
	}
}
