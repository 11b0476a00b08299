/** What the page's policy forbids does not happen in a real browser, and the tests' collector sees the attempt. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeManyTraces } from "../../bench/view/generate.ts";
import { withFolder } from "../e2e/cli.ts";
import { type OpenedPage, withBrowser, withOpenRun } from "./browser.ts";

function withPage(use: (opened: OpenedPage) => Promise<void>): Promise<void> {
	return withFolder((folder) =>
		withBrowser(async (browser) => {
			const path = join(folder, "tea.safethink.jsonl");
			writeManyTraces(path, 4, 3);
			await withOpenRun(browser, path, use);
		}),
	);
}

test("a page that does nothing wrong causes no trouble", () =>
	withPage(async (opened) => {
		expect(await opened.page.locator("[role=row][data-index]").count()).toBe(4);
	}));

/** Each with the address of a server that must hear of nothing. */
const FORBIDDEN: Record<string, (elsewhere: string) => void> = {
	"inline script": () => {
		const script = document.createElement("script");
		script.text = "document.title = 'ran'";
		document.body.append(script);
	},
	"a handler in an attribute": () => {
		document.body.setAttribute("onclick", "document.title = 'ran'");
		document.body.click();
	},
	"inline style": () => document.body.setAttribute("style", "color: red"),
	"a style element": () =>
		document.head.append(Object.assign(document.createElement("style"), { textContent: "body { color: red }" })),
	"a remote image": (elsewhere) => document.body.append(Object.assign(new Image(), { src: elsewhere })),
	"a remote request": (elsewhere) => void fetch(elsewhere).catch(() => undefined),
	"a frame": (elsewhere) => document.body.append(Object.assign(document.createElement("iframe"), { src: elsewhere })),
	"another base": (elsewhere) => document.head.append(Object.assign(document.createElement("base"), { href: elsewhere })),
	"a form": (elsewhere) => {
		const form = Object.assign(document.createElement("form"), { action: elsewhere });
		document.body.append(form);
		form.submit();
	},
};

test("what is forbidden does not happen, and is seen", async () => {
	const tried = withPage(async ({ page, trouble, address }) => {
		const heard: (string | undefined)[] = [];
		const server = createServer(({ url }, response) => {
			heard.push(url);
			response.end();
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		const before = await page.title();
		for (const [name, attempt] of Object.entries(FORBIDDEN)) {
			// No attempt before this one did anything. The last leaves the browser's own page behind.
			expect(await page.title()).toBe(before);
			const seen = trouble.length;
			await page.evaluate(attempt, elsewhere);
			await expect.poll(() => trouble.slice(seen).join("\n"), { message: name }).toMatch(/policy: /);
		}
		expect(page.url()).toBe(address);
		expect(heard).toEqual([]);
		server.close();
	});
	await expect(tried).rejects.toThrow(/the page caused trouble/);
});
