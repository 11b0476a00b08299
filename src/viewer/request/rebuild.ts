/** Rebuilds requests to the policy from a trace's events (docs/run-file.md, "Rebuilding"). */
import { SafeThinkError } from "../../trace/errors.ts";
import type { EventOf, PromptRecord, SafeThinkEvent } from "../../trace/events.ts";
import { sha256, TURN_SEPARATOR } from "../../trace/hash.ts";
import { fillTemplate, type Json, type RequestTemplate, type TemplateVariables } from "../../trace/template.ts";

export interface Rebuilt {
	sent: EventOf<"request.sent">;
	/** Below the server's origin. */
	path: string;
	/** Serialised, it is what was sent, but for the images. */
	body: Json;
}

export interface RebuildOptions {
	/** What stands for an image: its data URL as it was sent, or something shorter. */
	image: (image: PromptRecord["images"][number]) => { url: string; base64: string };
	/** Of the run's environment, where it has one. */
	affinity: string;
	/** Turns of the dialect. */
	turns: number;
}

/** The accepted text of a trace while its events pass. */
class Assistant {
	readonly started: EventOf<"trace.started">;
	text = "";
	/** Text after each accepted step. */
	readonly after: string[] = [""];
	readonly #attempts = new Map<string, EventOf<"step.proposed">>();
	readonly #turns: number;

	constructor(started: EventOf<"trace.started">, parent: Assistant | undefined, turns: number) {
		this.started = started;
		this.#turns = turns;
		if (!parent || !started.branch) return;
		this.after = parent.after.slice(0, started.branch.step);
		this.text = this.after.at(-1) ?? "";
	}

	apply(event: SafeThinkEvent): void {
		if (event.type === "step.proposed") this.#attempts.set(event.attemptId, event);
		if (event.type !== "step.accepted") return;
		const attempt = this.#attempts.get(event.attemptId);
		if (attempt === undefined) return;
		this.text += (attempt.opening ?? "") + (event.prefixKept ? attempt.prefix : "") + attempt.text;
		if (attempt.end === "end" && this.text.split(TURN_SEPARATOR).length < this.#turns) this.text += TURN_SEPARATOR;
		this.after.push(this.text);
	}
}

/**
 * A request by its id.
 * @param events of the trace and of those it branches from, parents first, each in file order.
 * @throws SafeThinkError `no-request`; `bad-template` when the template does not fit the trace
 */
export function rebuildRequest(events: readonly SafeThinkEvent[], request: string, options: RebuildOptions): Rebuilt {
	const traces = new Map<string, Assistant>();
	for (const event of events) {
		if (!("traceId" in event) || event.traceId === undefined) continue;
		if (event.type === "trace.started" && !traces.has(event.traceId))
			traces.set(event.traceId, new Assistant(event, traces.get(event.branch?.of ?? ""), options.turns));
		const trace = traces.get(event.traceId);
		if (trace === undefined) continue;
		if (event.type === "request.sent" && event.request === request) return fill(trace, event, options);
		trace.apply(event);
	}
	throw new SafeThinkError("no-request", `the trace has no request ${JSON.stringify(request.slice(0, 200))}`, {
		remedy: "choose one that an attempt or the answer names",
	});
}

function fill({ started, text }: Assistant, sent: EventOf<"request.sent">, options: RebuildOptions): Rebuilt {
	const turns = (text + sent.prefix).split(TURN_SEPARATOR);
	const { seed, maxTokens } = sent;
	const variables: TemplateVariables = {
		...fixedVariables(started, options),
		...Object.fromEntries(turns.slice(0, -1).map((turn, index) => [`turn${index + 1}`, turn])),
		assistant: turns.at(-1) ?? "",
		seed,
		maxTokens,
		rid: sha256(`${options.affinity}\n${seed}\n${maxTokens}\n${turns.join(TURN_SEPARATOR)}`).slice(0, 32),
	};
	try {
		const template = templateOf(started.requests as Record<string, RequestTemplate>, turns);
		return { sent, path: template.path, body: fillTemplate(template.body, variables) };
	} catch (error) {
		throw new SafeThinkError("bad-template", `request ${sent.request} cannot be rebuilt: ${(error as Error).message}`, {
			remedy: "run `safethink check` on the file: it may be damaged",
			cause: error,
		});
	}
}

function templateOf(requests: Record<string, RequestTemplate>, turns: readonly string[]): RequestTemplate {
	const name = turns.length > 1 ? `policy.${turns.length}` : "policy";
	const first = turns.at(-1) === "" ? requests[`${name}.first`] : undefined;
	const template = first ?? requests[name];
	if (template === undefined) throw new Error(`the trace has no template ${name}`);
	return template;
}

function fixedVariables({ prompt, rendered }: EventOf<"trace.started">, { image }: RebuildOptions): TemplateVariables {
	const images = prompt.images.flatMap((record, index) => {
		const { url, base64 } = image(record);
		return [
			[`image${index + 1}`, url],
			[`image${index + 1}.base64`, base64],
		];
	});
	return { prompt: prompt.text, system: prompt.system ?? null, rendered: rendered ?? null, ...Object.fromEntries(images) };
}
