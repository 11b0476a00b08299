import { expect, test } from "vitest";
import { pageHtml, pagePolicy } from "../../../src/contract/page-html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(1)'>&`;

test("whatever a file is called, the title is text", () => {
	const html = pageHtml({
		title: HOSTILE,
		nonce: "n",
		assets: "'self'",
		connect: "'self'",
		script: "/page.js",
		style: "/page.css",
	});
	expect(html).toContain(
		"<title>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;</title>",
	);
	expect(html.match(/<script/g)).toHaveLength(1);
	expect(html).not.toContain("<img");
});

test("no policy allows inline script, inline style, evaluation or a remote origin", () => {
	for (const assets of ["'self'", "https://file+.vscode-resource.vscode-cdn.net"]) {
		const policy = pagePolicy({ nonce: "n", assets, connect: "'none'" });
		expect(policy).not.toMatch(/unsafe|\*|http:|data:/);
		expect(policy.match(/https:\/\/[^ ;]+/g)?.filter((source) => source !== assets) ?? []).toEqual([]);
		for (const directive of [
			"default-src 'none'",
			"base-uri 'none'",
			"form-action 'none'",
			"connect-src 'none'",
			"img-src blob:",
		])
			expect(policy.split("; ")).toContain(directive);
	}
});
