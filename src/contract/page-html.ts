/** The page's document and its content security policy: one for the editor and for `safethink view`. Browser-safe. */

/** What differs between the places that show the page. */
export interface PageHost {
	/** Fresh for every document, at least 128 random bits, in base64 or hexadecimal. */
	nonce: string;
	/** Source from which style sheet and fonts may come, as a policy names it: `'self'`, or the webview's. */
	assets: string;
	/** Where the page may send requests. */
	connect: "'self'" | "'none'";
}

export interface PageDocument extends PageHost {
	/** Shown by the browser; any text. */
	title: string;
	/** Addresses of the page's script and style sheet. */
	script: string;
	style: string;
}

/**
 * The policy: only the script with the nonce, and the modules it imports, runs; no inline style; no image but those that the page made from
 * bytes it was given; no remote origin. `frame-ancestors` works in a header only, so a server must add it there.
 */
export function pagePolicy({ nonce, assets, connect }: PageHost): string {
	return [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src ${assets}`,
		"img-src blob:",
		`font-src ${assets}`,
		`connect-src ${connect}`,
		"base-uri 'none'",
		"form-action 'none'",
	].join("; ");
}

/** The whole document; the script fills the body. */
export function pageHtml(page: PageDocument): string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(pagePolicy(page))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(page.title)}</title>
<link rel="stylesheet" href="${escaped(page.style)}">
<script type="module" nonce="${escaped(page.nonce)}" src="${escaped(page.script)}"></script>
</head>
<body>
<noscript>This page shows a run of SafeThink; it needs JavaScript.</noscript>
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
	return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
