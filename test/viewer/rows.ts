/** Rows for tests of filters and orders. */
import type { Summary } from "../../src/store/summaries.ts";

export function row(changes: Partial<Summary> = {}): Summary {
	return {
		traceId: "kite/safethink/0",
		begun: true,
		promptId: "kite",
		promptHash: "0".repeat(64),
		text: "How can I fly a kite?",
		defence: "safethink",
		sample: 0,
		startedAt: "2026-01-01T00:00:00.000Z",
		status: "finished",
		outcome: "finished",
		query: 0.5,
		rewards: [0.5, -0.25, 0.75],
		steered: [2],
		attempts: 5,
		keptTokens: 50,
		usage: { generated: 90, discarded: 10, prompt: 40, cached: null, policyRequests: 3, scorerRequests: 5 },
		ms: 900,
		verdicts: [{ id: "v-1", judge: "exact", scope: "both", harmful: false }],
		where: [],
		...changes,
	};
}
