/** Adapters connected to a fault server of their kind, stopped after each test. */
import { afterEach, vi } from "vitest";
import type { PolicyRequest } from "../../src/method/ports.ts";
import type { PromptContent } from "../../src/promptsets/prompt.ts";
import { connect } from "../../src/servers/connect.ts";
import type { ExchangeLimits } from "../../src/servers/http.ts";
import { type Generated, GREEDY, generate } from "../../src/servers/selftest.ts";
import type { ModelServer, Sampling } from "../../src/servers/types.ts";
import { type Behaviour, FaultServer } from "./fault-server.ts";

export const KEY = "key-not-to-be-seen";
export const PROMPT: PromptContent = { text: "How do I bake bread?", system: "Be kind.", images: [] };
export const PICTURE: PromptContent = {
	text: "What is this?",
	images: [{ sha256: "0".repeat(64), mediaType: "image/png", bytes: new Uint8Array([137, 80, 78, 71]), width: 1, height: 1 }],
};
export const never = new AbortController().signal;
const servers: FaultServer[] = [];

afterEach(async () => {
	vi.unstubAllEnvs();
	await Promise.all(servers.splice(0).map((server) => server.stop()));
});

export async function started(behaviour: Behaviour): Promise<FaultServer> {
	const server = await new FaultServer(behaviour).start();
	servers.push(server);
	return server;
}

export async function connected(
	behaviour: Behaviour,
	limits: ExchangeLimits = {},
): Promise<{ fault: FaultServer; server: ModelServer }> {
	const fault = await started(behaviour);
	const endpoint = { url: `${fault.url}/v1`, key: KEY, affinity: { header: "x-user-id", value: "run-1" } };
	return { fault, server: await connect(endpoint, { limits: { backoffMs: 1, ...limits } }) };
}

export const request = (assistant: string, more: Partial<PolicyRequest> = {}): PolicyRequest => ({
	assistant: [assistant],
	seed: 5,
	maxTokens: 6,
	...more,
});

export async function text(
	server: ModelServer,
	assistant: string,
	sampling: Sampling = GREEDY,
	prompt = PROMPT,
): Promise<Generated> {
	return generate(await server.prepare(prompt, sampling, [], never), request(assistant), never);
}
