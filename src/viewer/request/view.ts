/** A request to the policy as it was sent, and as a command. Keys are not in the file and are never shown. */
import type { RequestView } from "../../contract/trace-views.ts";
import { serverUrl, shownUrl } from "../../servers/url.ts";
import type { EventOf } from "../../trace/events.ts";
import type { ReadRun } from "../open-run.ts";
import { pieceOf } from "../pieces.ts";
import { environmentOf } from "../plan-view.ts";
import { curlCommand } from "./curl.ts";
import { rebuildRequest } from "./rebuild.ts";

/** UTF-16 units of body and command that are sent. */
const MOST = 50_000;
const NO_SERVER = "http://SERVER";

/** @throws SafeThinkError `no-trace`, `no-request`, `bad-template` */
export async function requestView(run: ReadRun, traceId: string, request: string): Promise<RequestView> {
	const environment = environmentOf(run.header);
	const { sent, path, body } = rebuildRequest(await run.events(traceId), request, {
		image: ({ sha256 }) => ({ url: `sha256:${sha256}`, base64: `sha256:${sha256}` }),
		affinity: environment.affinity ?? "",
		turns: turnsOf(run.header),
	});
	const elided = JSON.stringify(body).includes('"sha256:') ? ["Images are named by their hash: put their data URLs there."] : [];
	const command = curlCommand(addressOf(environment.server.url, path), JSON.stringify(body), elided);
	return {
		request,
		url: environment.server.url === "" ? NO_SERVER : shownUrl(environment.server.url),
		path,
		body: pieceOf(JSON.stringify(body, null, 2), MOST),
		seed: sent.seed,
		maxTokens: sent.maxTokens,
		step: sent.step,
		attempt: sent.attempt,
		curl: pieceOf(command, MOST),
	};
}

function addressOf(url: string, path: string): string {
	try {
		return serverUrl({ url: shownUrl(url) }, path);
	} catch {
		return `${NO_SERVER}${path}`;
	}
}

function turnsOf({ plan }: EventOf<"run.started">): number {
	const dialect = plan["dialect"];
	const turns = typeof dialect === "object" && dialect !== null && !Array.isArray(dialect) ? dialect["turns"] : undefined;
	return Array.isArray(turns) ? turns.length : 0;
}
