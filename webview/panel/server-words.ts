/** The servers that work would ask, in words. */
import type { AskedServer } from "../../src/contract/act-views.ts";

/** One server, and what it is asked as. */
export interface ServerLine {
	/** Absent: the embedded model's. */
	origin: string | undefined;
	/** `model and scorer`. */
	parts: string;
	/** Where its address comes from, and why it may be asked: `from the run file, on this machine`. */
	why: string;
	/** Somebody has to allow it first. */
	stranger: boolean;
}

const FROM: Record<AskedServer["from"], string> = {
	run: "from the run file",
	settings: "from your settings",
	form: "as typed here",
};
const TRUST: Record<AskedServer["trust"], string> = {
	local: "on this machine",
	own: "one of your servers",
	allowed: "allowed by you",
	ask: "not among your servers: you are asked first",
};

/** A line a server, in the order in which they are named. */
export function serverLines(servers: readonly AskedServer[]): ServerLine[] {
	const groups = new Map<string, AskedServer[]>();
	for (const server of servers) {
		const key = `${server.origin ?? ""} ${server.from}`;
		groups.set(key, [...(groups.get(key) ?? []), server]);
	}
	return [...groups.values()].flatMap((group) => {
		const [first] = group;
		return first === undefined ? [] : [lineOf(first, group)];
	});
}

function lineOf({ origin, from, trust }: AskedServer, group: readonly AskedServer[]): ServerLine {
	const parts = [origin === undefined ? [] : [FROM[from]], from === "settings" ? [] : [TRUST[trust]]].flat();
	return { origin, parts: partsText(group), why: parts.join(", "), stranger: trust === "ask" };
}

/** `model`, `model and scorer`, `model, scorer and judge`. */
function partsText(servers: readonly AskedServer[]): string {
	const parts = [...new Set(servers.map(({ part }) => part))];
	return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
