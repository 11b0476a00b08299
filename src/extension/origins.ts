/** Where addresses lead: keys belong to an origin. */
import { originOf } from "../contract/origin.ts";

/** The address in a scorer or judge as the command line takes it, `KIND,url=…,model=…`. */
export function scorerAddress(spec: string): string | undefined {
	return spec
		.split(",")
		.map((part) => part.trim())
		.find((part) => part.startsWith("url="))
		?.slice("url=".length);
}

/** Origins of servers and scorers, each once. */
export function originsInUse(addresses: readonly string[], scorers: readonly string[]): string[] {
	const all = [...addresses, ...scorers.flatMap((spec) => scorerAddress(spec) ?? [])];
	return [...new Set(all.flatMap((address) => originOf(address) ?? []))];
}

/** An address as somebody types it: `gpu01:8000/v1` has no scheme, and model servers mostly speak plain HTTP. */
export function completeAddress(typed: string): string {
	const text = typed.trim();
	return text === "" || text.includes("://") ? text : `http://${text}`;
}
