/** The servers of a run that is looked at, found again by what it records of them: policy, scorer, judge. */
import type { AskedServer } from "../../contract/act-views.ts";
import { originOf } from "../../contract/origin.ts";
import type { RunEnvironment } from "../../experiments/environment.ts";
import type { Judge } from "../../experiments/judge.ts";
import { EXACT, openJudge } from "../../experiments/open-judge.ts";
import { type OpenOptions, openScorer } from "../../scorers/open.ts";
import { parseScorerSpec } from "../../scorers/spec.ts";
import type { ScorerService, ScorerSpec } from "../../scorers/types.ts";
import { connect } from "../../servers/connect.ts";
import type { Endpoint, ModelServer } from "../../servers/types.ts";
import { SafeThinkError } from "../../trace/errors.ts";
import type { OpenedRun, ViewerEnvironment } from "../types.ts";
import { type AskedWork, askedServers, isEmbedded, mayName, placeOf, requireConsent, trustOf } from "./asked.ts";
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
		return placeOf(this.#run);
	}

	/** Scorers that may be chosen: the run's own by its id, and those of the settings. */
	known(): { spec: string; label: string }[] {
		const own = this.#plan().scorer?.id;
		const others = this.#env.scorers.filter((spec) => spec !== own).map((spec) => ({ spec, label: spec }));
		return [...(own === undefined ? [] : [{ spec: own, label: own }]), ...others];
	}

	/** The servers that this work would ask; none is asked here. */
	asked(work: AskedWork): AskedServer[] {
		return askedServers(this.#run, this.#plan(), this.#env, work);
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
		const recorded = this.#place.judge?.spec;
		if (recorded === undefined && planned.kind !== EXACT) return undefined;
		const { spec, options } =
			recorded === undefined || planned.kind === EXACT
				? { spec: { kind: EXACT, options: {} }, options: { env: {}, signal } }
				: await this.#withKey(recorded, signal);
		const { judge } = await openJudge(spec, scorer, options);
		if (judge.id === planned.id) return judge;
		throw new SafeThinkError("judge-changed", `the judge is ${judge.id} now; the run was judged by ${planned.id}`, {
			remedy: "serve the model of the run's judge again",
		});
	}

	async #policyPlace(): Promise<Endpoint> {
		const { server, affinity, affinityHeader: header } = this.#place;
		if (isEmbedded(this.#place, this.#plan())) return this.#env.embedded();
		if (server === undefined) {
			throw new SafeThinkError("no-server", "the run does not say where its server was", {
				remedy: "make the run again with this version, whose runs say it",
			});
		}
		this.#requireConsent(server.url);
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

	#chosenSpec(text: string): ScorerSpec {
		const spec = parseScorerSpec(text);
		if (mayName(text, this.#env)) return spec;
		throw new SafeThinkError("unknown-scorer", "a scorer that needs a key or a prompt file must be one of the known ones", {
			remedy: "add it to the scorers of the settings, or give it with `safethink view --scorer`",
		});
	}

	async #withKey(
		{ url, model, key: variable, ownKey, kind, options }: RecordedSpec & { ownKey?: string | undefined },
		signal: AbortSignal,
	): Promise<{ spec: ScorerSpec; options: OpenOptions }> {
		if (url !== undefined) this.#requireConsent(url);
		const address = url ?? (await this.#env.embedded()).url;
		const key = ownKey ?? this.#givenKey(address, variable);
		const named = { ...(model === undefined ? {} : { model }), ...(key === undefined ? {} : { key: GIVEN_KEY }) };
		return { spec: { kind, url: address, options, ...named }, options: { env: { [GIVEN_KEY]: key }, signal } };
	}

	/** The run may have been replaced since somebody was asked about its servers. @throws SafeThinkError `needs-consent`, `no-server` */
	#requireConsent(address: string): void {
		const origin = originOf(address);
		if (origin === undefined) {
			throw new SafeThinkError("no-server", `${JSON.stringify(address.slice(0, 200))} is no http address of a server`, {
				remedy: "make the run again, or choose a scorer whose url= begins with http:// or https://",
			});
		}
		requireConsent([{ origin, trust: trustOf(address, this.#env) }]);
	}

	/**
	 * The key that the user gave for an address's origin. The variable that a run file names is never read: a file from a stranger
	 * could have any variable sent to any address.
	 * @throws SafeThinkError `no-key` where the run was made with a key and none was given
	 */
	#givenKey(url: string, variable: string | undefined): string | undefined {
		const origin = originOf(url) ?? url;
		const given = this.#env.key(origin);
		if (given !== undefined || variable === undefined) return given;
		throw new SafeThinkError("no-key", `the run asked ${origin} with a key (${variable}), and none was given for it here`, {
			remedy: `give it: \`safethink view --key ${origin}=${variable}\`, or in the editor the command “SafeThink: Set Key”`,
		});
	}
}

type RecordedSpec = NonNullable<NonNullable<RunEnvironment["scorer"]>["spec"]>;
