/** A probe's report as a window shows it. */
import type { ServerReport } from "../../contract/window.ts";
import { whatFollows } from "../../servers/probe/follows.ts";
import { type ProbeReport, probeServer } from "../../servers/probe.ts";
import type { Endpoint } from "../../servers/types.ts";

/** Probes a server. @throws ServerError when nothing usable answers */
export async function serverReport(endpoint: Endpoint, quick: boolean, signal: AbortSignal): Promise<ServerReport> {
	const report = await probeServer(endpoint, { quick, signal });
	const { url, kind, model, models, verified } = report;
	return { url, kind, model, models, verified, findings: report.rows.map(finding) };
}

function finding(row: ProbeReport["rows"][number]): ServerReport["findings"][number] {
	const [follows] = whatFollows([row]);
	return {
		name: row.name,
		value: row.value,
		good: row.ok === "unknown" ? null : row.ok,
		...(follows === undefined ? {} : { follows }),
	};
}
