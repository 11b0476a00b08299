/** The lines of a run with one long trace: every step's first attempt rejected, the last of the others taken. */
export function longTrace(steps: number, attempts: number): string[] {
	let id = 0;
	const time = "2026-01-01T00:00:00.000Z";
	const line = (type: string, fields: object) => JSON.stringify({ type, id: `b-${++id}`, time, traceId: "t", ...fields });
	const text = "We look at the shelf and think about which cup of tea would be kind to offer first.\n\n";
	const hash = "0".repeat(64);
	const prompt = { id: "tea", text: "How do I make tea?", images: [] };
	const lines = [line("trace.started", { prompt, promptHash: hash, defence: "safethink", sample: 0, requests: {} })];
	for (let step = 1; step <= steps; step++) {
		for (let attempt = 0; attempt < attempts; attempt++) {
			const at = { step, attempt, attemptId: `t/${step}.${attempt}` };
			const prefix = attempt === 0 ? "" : "Wait, think safely.";
			lines.push(
				line("step.proposed", { ...at, context: hash, request: "t/r1", prefix, text, end: "boundary", tokens: 20, ms: 10 }),
			);
			lines.push(
				line("step.scored", {
					...at,
					scorer: "bench",
					reward: attempt === attempts - 1 ? 0.5 : -0.5,
					scope: "trace",
					ms: 5,
					requests: 1,
				}),
			);
		}
		lines.push(
			line("step.accepted", {
				step,
				attempt: attempts - 1,
				attemptId: `t/${step}.${attempts - 1}`,
				reason: "reached",
				prefixKept: false,
			}),
		);
	}
	return lines;
}
