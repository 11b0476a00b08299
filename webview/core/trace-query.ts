/** A question about one trace: when the element shows another trace, the reply about the old one is dropped at once. */
import type { ReactiveControllerHost } from "lit";
import type { Methods } from "../../src/contract/methods.ts";
import type { Params } from "../../src/contract/wire.ts";
import { Query } from "./query.ts";
import type { RunClient } from "./run-client.ts";

/** Methods that are asked about a trace. */
type TraceMethod = {
	[M in keyof Methods & string]: Params<Methods, M> extends { traceId: string } ? M : never;
}[keyof Methods & string];

/** @param params of the call; undefined: nothing is asked. */
export function traceQuery<M extends TraceMethod>(
	host: ReactiveControllerHost & { run: RunClient },
	method: M,
	params: () => (Params<Methods, M> & { traceId: string }) | undefined,
): Query<M> {
	return new Query(host, method, params, ({ traceId }) => traceId);
}
