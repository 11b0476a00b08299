/** Finds stop strings in growing text, and holds back an end that may become one. */
export class StopWatcher {
	private readonly stops: string[];
	private readonly include: boolean;
	private held = "";

	constructor(stop: string | string[] | null | undefined, include: boolean) {
		this.stops = (typeof stop === "string" ? [stop] : (stop ?? [])).filter((s) => s !== "");
		this.include = include;
	}

	/** Takes new text; returns what may be shown, and the stop string that ended it, if one did. */
	push(text: string): { text: string; stopped?: string } {
		this.held += text;
		let first: { at: number; stop: string } | undefined;
		for (const stop of this.stops) {
			const at = this.held.indexOf(stop);
			if (at >= 0 && (!first || at < first.at)) first = { at, stop };
		}
		if (first) {
			const shown = this.held.slice(0, first.at + (this.include ? first.stop.length : 0));
			this.held = "";
			return { text: shown, stopped: first.stop };
		}
		const keep = this.possibleStart();
		const shown = this.held.slice(0, this.held.length - keep);
		this.held = this.held.slice(this.held.length - keep);
		return { text: shown };
	}

	/** What was held back, once the text is over. */
	flush(): string {
		const rest = this.held;
		this.held = "";
		return rest;
	}

	private possibleStart(): number {
		const longest = Math.max(0, ...this.stops.map((s) => s.length - 1));
		for (let n = Math.min(longest, this.held.length); n > 0; n--) {
			if (this.stops.some((s) => s.startsWith(this.held.slice(-n)))) return n;
		}
		return 0;
	}
}
