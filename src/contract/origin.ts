/** Where addresses lead: keys, and consent to be asked, belong to an origin. Browser-safe. */

/** `https://host:port` of an http(s) address; undefined for anything else: no server is reached by it. */
export function originOf(address: string): string | undefined {
	if (!URL.canParse(address)) return undefined;
	const { protocol, origin } = new URL(address);
	return protocol === "http:" || protocol === "https:" ? origin : undefined;
}
