/** The servers of a run that is looked at, found again by what it records of them: policy, scorer, judge. */
import { EMBEDDED } from "../../experiments/embedded.ts";
import { environmentSchema, type RunEnvironment } from "../../experiments/environment.ts";
import type { Judge } from "../../experiments/judge.ts";
import { EXACT, openJudge } from "../../experiments/open-judge.ts";
import { type OpenOptions, openScorer } from "../../scorers/open.ts";
import { parseScorerSpec } from "../../scorers/spec.ts";
import type { ScorerService, ScorerSpec } from "../../scorers/types.ts";
import { connect } from "../../servers/connect.ts";
import type { Endpoint, ModelServer } from "../../servers/types.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";
import type { RunPlan } from "./run-plan.ts";

/** Stands for a key that was given by its origin; no variable of this name is read. */
const GIVEN_KEY = "SAFETHINK_GIVEN_KEY";

export class Services {
	readonly #plan: RunPlan;
	readonly #env: ViewerEnvironment;
	readonly #run: Pick<OpenedRun, "header">;

	constructor(plan: RunPlan, run: Pick<OpenedRun, "header">, env: ViewerEnvironment) {
		this.#plan = plan;
		this.#run = run;
		this.#env = env;
	}

	/** Of the run as it is now: another one may have taken its place. */
	get #place(): RunEnvironment {
		return environmentSchema.catch({}).parse(this.#run.header.environment);
	}

	/** Scorers that may be chosen: the run's own by its id, and those of the settings. */
	known(): { spec: string; label: string }[] {
		const own = this.#plan().scorer?.id;
		const others = this.#env.scorers.filter((spec) => spec !== own).map((spec) => ({ spec, label: spec }));
		return [...(own === undefined ? [] : [{ spec: own, label: own }]), ...others];
	}

	/**
	 * Found anew for each job: servers come and go.
	 * @param signal ends the waiting for a server, here and below.
	 * @throws ServerError when the server is not there, or serves another model; SafeThinkError `no-server`
	 */
	async policy(signal: AbortSignal): Promise<ModelServer> {
		const { kind, model } = this.#plan().server;
		const endpoint: Endpoint = { ...(await this.#policyPlace()), model };
		return connect(endpoint, { kind, signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]) });
	}

	/**
	 * @param chosen a scorer as `--scorer` takes it; absent, or the id of the run's: the run's own.
	 * @returns undefined where the run has none and none is chosen.
	 * @throws SafeThinkError `no-scorer`, `scorer-changed`, `unknown-scorer`, and those of `openScorer`
	 */
	async scorer(chosen: string | undefined, signal: AbortSignal): Promise<ScorerService | undefined> {
		const { scorer: own } = this.#plan();
		if (chosen !== undefined && chosen !== own?.id) return this.#openChosen(this.#chosenSpec(chosen), signal);
		return own === null ? undefined : this.#openOwn(own.id, signal);
	}

	/**
	 * @returns undefined where the run has none, or (an older run) does not say how it is reached: branches are not judged then.
	 * @throws JudgeIsScorerError, and those of `openScorer`
	 */
	async judge(scorer: ScorerService | undefined, signal: AbortSignal): Promise<Judge | undefined> {
		const planned = this.#plan().judge;
		if (planned === null) return undefined;
		const recorded = planned.kind === EXACT ? { kind: EXACT, url: "", options: {} } : this.#place.judge?.spec;
		if (recorded === undefined) return undefined;
		const { spec, options } = await this.#withKey(recorded, signal);
		const { judge } = await openJudge(spec, scorer, options);
		if (judge.id === planned.id) return judge;
		throw new SafeThinkError("judge-changed", `the judge is ${judge.id} now; the run was judged by ${planned.id}`, {
			remedy: "serve the model of the run's judge again",
		});
	}

	async #policyPlace(): Promise<Endpoint> {
		const { server, embedded, affinity, affinityHeader: header } = this.#place;
		if (embedded ?? this.#plan().server.model === EMBEDDED.policy) return this.#env.embedded();
		if (server === undefined) {
			throw new SafeThinkError("no-server", "the run does not say where its server was", {
				remedy: "make the run again with this version, whose runs say it",
			});
		}
		const key = this.#givenKey(server.url, server.key);
		const session = affinity === undefined || header === undefined ? {} : { affinity: { header, value: affinity } };
		return { url: server.url, ...(key === undefined ? {} : { key }), ...session };
	}

	async #openOwn(id: string, signal: AbortSignal): Promise<ScorerService> {
		const spec = this.#place.scorer?.spec;
		if (spec === undefined) {
			throw new SafeThinkError("no-scorer", `the run does not say how its scorer ${id} is reached`, {
				remedy: "choose a scorer for this, for example with the setting for scorers or `safethink view --scorer`",
			});
		}
		const service = await this.#open(spec, signal);
		if (service.id === id) return service;
		throw new SafeThinkError("scorer-changed", `the scorer is ${service.id} now; the run was made with ${id}`, {
			remedy: "serve the model of the run's scorer again, or choose a scorer by name",
		});
	}

	async #open(recorded: RecordedSpec, signal: AbortSignal): Promise<ScorerService> {
		const { spec, options } = await this.#withKey(recorded, signal);
		return openScorer(spec, options);
	}

	/** A spec of the user's own: the variable it names may be read. */
	#openChosen(spec: ScorerSpec, signal: AbortSignal): Promise<ScorerService> {
		return this.#open({ ...spec, ...(spec.key === undefined ? {} : { ownKey: process.env[spec.key] }) }, signal);
	}

	/**
	 * A page, and the run file that it shows, may name a variable that holds a key or a file that holds a prompt only as the settings
	 * do: they could have any of them sent anywhere.
	 */
	#chosenSpec(text: string): ScorerSpec {
		const spec = parseScorerSpec(text);
		const reads = spec.key !== undefined || spec.options["prompt"] !== undefined;
		if (!reads || this.#env.scorers.includes(text)) return spec;
		throw new SafeThinkError("unknown-scorer", "a scorer that needs a key or a prompt file must be one of the known ones", {
			remedy: "add it to the scorers of the settings, or give it with `safethink view --scorer`",
		});
	}

	async #withKey(
		{ url, model, key: variable, ownKey, kind, options }: RecordedSpec & { ownKey?: string | undefined },
		signal: AbortSignal,
	): Promise<{ spec: ScorerSpec; options: OpenOptions }> {
		const address = url ?? (await this.#env.embedded()).url;
		const key = ownKey ?? this.#givenKey(address, variable);
		const named = { ...(model === undefined ? {} : { model }), ...(key === undefined ? {} : { key: GIVEN_KEY }) };
		return { spec: { kind, url: address, options, ...named }, options: { env: { [GIVEN_KEY]: key }, signal } };
	}

	/**
	 * The key that the user gave for an address's origin. The variable that a run file names is never read: a file from a stranger
	 * could have any variable sent to any address.
	 * @throws SafeThinkError `no-key` where the run was made with a key and none was given
	 */
	#givenKey(url: string, variable: string | undefined): string | undefined {
		const origin = URL.canParse(url) ? new URL(url).origin : url;
		const given = this.#env.key(origin);
		if (given !== undefined || variable === undefined) return given;
		throw new SafeThinkError("no-key", `the run asked ${origin} with a key (${variable}), and none was given for it here`, {
			remedy: `give it: \`safethink view --key ${origin}=${variable}\`, or in the editor the command “SafeThink: Set Key”`,
		});
	}
}

type RecordedSpec = NonNullable<NonNullable<RunEnvironment["scorer"]>["spec"]>;
