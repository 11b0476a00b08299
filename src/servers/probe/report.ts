/** What a probe finds: typed, JSON-able, and as a table for terminals. */
import { z } from "zod";
import { SERVER_KINDS } from "../types.ts";

/** Names of the rows, in the order in which they are shown. */
export const ROW_NAMES = [
	"partial message",
	"rendered prompt",
	"raw reasoning",
	"images",
	"log-probabilities",
	"log-probabilities of given text",
	"token ids",
	"same seed, alone",
	"same seed, under load",
	"different seeds",
	"abort",
	"cached tokens",
	"stop",
] as const;
export type RowName = (typeof ROW_NAMES)[number];

export const probeRowSchema = z.object({
	name: z.enum(ROW_NAMES),
	/** The finding in a word or two. */
	value: z.string(),
	/** true: as wanted; false: a gap; `unknown`: could not be found out. */
	ok: z.union([z.boolean(), z.literal("unknown")]),
	/** How it was found, in a sentence. */
	detail: z.string(),
});

export const probeReportSchema = z.object({
	/** Without credentials. */
	url: z.string(),
	kind: z.enum(SERVER_KINDS),
	product: z.string(),
	version: z.string().nullable(),
	/** false: the adapter never met its real counterpart in this project's tests. */
	verified: z.boolean(),
	models: z.array(z.string()),
	model: z.string(),
	/** Tokens. */
	contextLength: z.number().nullable(),
	/** Requests served at once. */
	slots: z.number().nullable(),
	/** Whether it may be steered; false: judge only. `unknown` when the test could not be made. */
	canSteer: z.union([z.boolean(), z.literal("unknown")]),
	rows: z.array(probeRowSchema),
	/** What follows from each gap, a sentence each. */
	follows: z.array(z.string()),
});

export type ProbeRow = z.infer<typeof probeRowSchema>;
export type ProbeReport = z.infer<typeof probeReportSchema>;

/** The report as text with aligned columns and a line feed at its end. */
export function renderProbe(report: ProbeReport): string {
	const name = [report.product, report.version].filter((part) => part !== null).join(" ");
	const head = [
		`${report.url}: ${name}${report.verified ? "" : " (unverified adapter)"}`,
		`model ${report.model}, context ${report.contextLength ?? "unknown"}, slots ${report.slots ?? "unknown"}`,
	];
	const wide = Math.max(0, ...report.rows.map((row) => row.name.length));
	const values = Math.max(0, ...report.rows.map((row) => row.value.length));
	const rows = report.rows.map((row) => `${mark(row.ok)} ${row.name.padEnd(wide)}  ${row.value.padEnd(values)}  ${row.detail}`);
	const follows = report.follows.length === 0 ? [] : ["", "What follows:", ...report.follows.map((sentence) => `- ${sentence}`)];
	return `${[...head, "", ...rows, ...follows].map(printable).join("\n")}\n`;
}

function mark(ok: ProbeRow["ok"]): string {
	return ok === "unknown" ? "?" : ok ? "+" : "-";
}

/** Model output must not steer the terminal. */
function printable(line: string): string {
	return line.replace(/\p{Cc}/gu, " ").trimEnd();
}
