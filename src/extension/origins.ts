/** Where addresses lead: keys belong to an origin. */

/** `https://host:port` of an http(s) address; undefined for anything else. */
export function originOf(address: string): string | undefined {
	if (!URL.canParse(address)) return undefined;
	const url = new URL(address);
	return url.protocol === "http:" || url.protocol === "https:" ? url.origin : undefined;
}

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
