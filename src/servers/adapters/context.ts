/** What every adapter is made from. */
import type { ExchangeLimits } from "../http.ts";
import type { Endpoint } from "../types.ts";

export interface AdapterContext {
	endpoint: Endpoint;
	/** The model's name as the server lists it. */
	model: string;
	limits: ExchangeLimits;
}
