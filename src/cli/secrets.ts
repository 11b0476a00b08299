/** Fields that could hold a key by mistake: refused without being repeated in the message. */
import { z } from "zod";

const KNOWN_BEGINNING = /\b(?:[spr]k[-_]|xai-|gsk_|hf_|gh[opsu]_|glpat-|nvapi-|AIza|eyJ)[A-Za-z0-9_-]{16,}/;
const LONG_MIXTURE = /\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}\b/;

/** true for text in which something looks like an API key: a known beginning, or 32 letters and digits in a row. */
export function looksLikeKey(text: string): boolean {
	return KNOWN_BEGINNING.test(text) || LONG_MIXTURE.test(text);
}

/** true for the name of an environment variable as they are usually written: capitals, digits and underscores. */
function isEnvironmentName(text: string): boolean {
	return /^[A-Z_][A-Z0-9_]{0,63}$/.test(text) && !looksLikeKey(text);
}

export const NAME_NOT_KEY = "must be the NAME of an environment variable in capitals, never a key itself";

export const environmentName = z.string().refine(isEnvironmentName, { error: NAME_NOT_KEY });

/** For texts in which a key may stand by mistake, a scorer's for example: `key=` must name a variable, and nothing else may look like a key. */
export const noSecrets = {
	check: (text: string): boolean => {
		const keys = [...text.matchAll(/(?:^|,)\s*key\s*=\s*([^,]*)/g)].map((match) => (match[1] as string).trim());
		return keys.every(isEnvironmentName) && !looksLikeKey(text) && !/\/\/[^/,\s]*@/.test(text);
	},
	error: { error: `holds what looks like a key or a password; key= ${NAME_NOT_KEY}` },
};

/** An http(s) address without user name and password. */
export const serverAddress = z.string().superRefine((text, context) => {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (url === null || !/^https?:$/.test(url.protocol))
		context.addIssue({ code: "custom", message: "must be an address that begins with http:// or https://" });
	else if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
		context.addIssue({ code: "custom", message: "must not hold a user name, a password or a query; a key is named by `key`" });
	}
});
