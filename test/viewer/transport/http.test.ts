import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asked, ask, call, grow, notices, type Served, withServed } from "./served.ts";

let served: Served;
let end: () => void;
let ended: Promise<void>;
beforeAll(
	() =>
		new Promise<void>((resolve, reject) => {
			ended = withServed(
				(one) =>
					new Promise<void>((done) => {
						served = one;
						end = done;
						resolve();
					}),
			);
			ended.catch(reject);
		}),
);
afterAll(async () => {
	end();
	await ended;
});

const asked = (changes: Asked) => ask(served.port, changes);
const callHeaders = () => ({ "x-safethink-token": served.token, "content-type": "application/json" });

describe("the document", () => {
	test("is given to who has the token, under a strict policy", async () => {
		const { status, headers, body } = await asked({ path: `/?token=${served.token}` });
		expect(status).toBe(200);
		const policy = String(headers["content-security-policy"]);
		const nonce = /script-src 'nonce-([0-9a-f]{48})'/.exec(policy)?.[1];
		expect(nonce).toBeDefined();
		expect(policy.split("; ")).toEqual([
			"default-src 'none'",
			`script-src 'nonce-${nonce}'`,
			"style-src 'self'",
			"img-src blob:",
			"font-src 'self'",
			"connect-src 'self'",
			"base-uri 'none'",
			"form-action 'none'",
			"frame-ancestors 'none'",
		]);
		expect(headers).toMatchObject({
			"x-content-type-options": "nosniff",
			"referrer-policy": "no-referrer",
			"cross-origin-opener-policy": "same-origin",
			"cross-origin-resource-policy": "same-origin",
			"cache-control": "no-store",
		});
		expect(body).not.toContain(served.token);
		expect(body.match(/<script/g)).toHaveLength(1);
		expect(body).toContain(`nonce="${nonce}"`);
		const again = await asked({ path: `/?token=${served.token}` });
		expect(again.headers["content-security-policy"]).not.toBe(policy);
	});

	test("leads to its files, which are found nowhere else", async () => {
		const { body } = await asked({ path: `/?token=${served.token}` });
		const script = /src="([^"]+page\.js)"/.exec(body)?.[1] ?? "";
		const style = /href="([^"]+page\.css)"/.exec(body)?.[1] ?? "";
		expect((await asked({ path: script })).headers["content-type"]).toBe("text/javascript; charset=utf-8");
		expect((await asked({ path: style })).headers["content-type"]).toBe("text/css; charset=utf-8");
		expect((await asked({ path: "/page.js" })).status).toBe(403);
		const folder = script.slice(0, script.lastIndexOf("/"));
		for (const path of [
			"/../../package.json",
			"/..%2fcli.js",
			"/%2e%2e/cli.js",
			"/../cli.js",
			"//page.js",
			"/",
			"/.",
			"/page.js/x",
		])
			expect((await asked({ path: folder + path })).status, path).toBeGreaterThanOrEqual(403);
		expect((await asked({ path: script, method: "POST" })).status).toBe(405);
	});

	test("a ticket is good once", async () => {
		const { pathname, search } = new URL(served.addressForOnce());
		const first = await asked({ path: pathname + search });
		expect(first.status).toBe(303);
		expect(first.headers.location).toBe(`/?token=${served.token}`);
		expect((await asked({ path: pathname + search })).status).toBe(403);
	});
});

describe("refused is", () => {
	const wrong = () => `${served.token.slice(0, -1)}${served.token.endsWith("0") ? "1" : "0"}`;

	test("a request without the token, or with another", async () => {
		for (const path of ["/", "/?token=", `/?token=${wrong()}`, `/?token=${served.token}x`])
			expect((await asked({ path })).status, path).toBe(403);
		for (const path of ["/call", "/notices"]) {
			const method = path === "/call" ? "POST" : "GET";
			expect((await asked({ path, method })).status).toBe(403);
			expect((await asked({ path, method, headers: { "x-safethink-token": wrong() } })).status).toBe(403);
			expect((await asked({ path: `${path}?token=${served.token}`, method })).status).toBe(403);
		}
	});

	test("a foreign host, as DNS rebinding would bring it", async () => {
		for (const host of [
			"evil.example",
			`evil.example:${served.port}`,
			"127.0.0.1",
			"127.0.0.1:1",
			`127.0.0.1.evil.example:${served.port}`,
		])
			expect((await asked({ path: `/?token=${served.token}`, headers: { host } })).status, host).toBe(421);
		expect((await asked({ path: `/?token=${served.token}`, headers: { host: `LOCALHOST:${served.port}` } })).status).toBe(200);
	});

	test("a foreign origin or site, even with the token", async () => {
		const own = `http://127.0.0.1:${served.port}`;
		for (const origin of [
			"http://evil.example",
			"null",
			`https://127.0.0.1:${served.port}`,
			"http://127.0.0.1:1",
			`http://localhost:${served.port}`,
		])
			expect((await call(served, "run.info", {}, { origin })).status, origin).toBe(403);
		for (const site of ["cross-site", "same-site"])
			expect((await call(served, "run.info", {}, { "sec-fetch-site": site })).status, site).toBe(403);
		expect((await call(served, "run.info", {}, { origin: own, "sec-fetch-site": "same-origin" })).status).toBe(200);
	});

	test("a frame or script of another site, but not who follows a link there", async () => {
		const from = (mode: string, dest: string) =>
			asked({
				path: `/?token=${served.token}`,
				headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest },
			});
		expect((await from("navigate", "document")).status).toBe(200);
		for (const [mode, dest] of [
			["navigate", "iframe"],
			["no-cors", "script"],
			["no-cors", "document"],
		] as const)
			expect((await from(mode, dest)).status, `${mode} ${dest}`).toBe(403);
		const headers = {
			origin: "http://evil.example",
			"sec-fetch-site": "cross-site",
			"sec-fetch-mode": "navigate",
			"sec-fetch-dest": "document",
		};
		expect((await asked({ path: `/?token=${served.token}`, headers })).status).toBe(403);
	});

	test("another method, kind of content or path", async () => {
		expect((await asked({ path: "/call", headers: callHeaders() })).status).toBe(405);
		expect((await asked({ path: "/notices", method: "POST", headers: callHeaders() })).status).toBe(405);
		const text = { ...callHeaders(), "content-type": "text/plain" };
		expect((await asked({ path: "/call", method: "POST", headers: text, body: "{}" })).status).toBe(415);
		expect((await asked({ path: "/../../etc/passwd", headers: callHeaders() })).status).toBe(403);
	});

	test("a body that is too long, said or not, or no request", async () => {
		const long = JSON.stringify({ call: 1, method: "run.info", params: "x".repeat(1_100_000) });
		const said = { ...callHeaders(), "content-length": String(long.length) };
		const chunked = { ...callHeaders(), "transfer-encoding": "chunked" };
		for (const headers of [said, chunked]) {
			const status = await asked({ path: "/call", method: "POST", headers, body: long }).then(
				({ status }) => status,
				// The server closes the connection on who goes on sending.
				({ code }: NodeJS.ErrnoException) => code,
			);
			expect([413, "EPIPE", "ECONNRESET"]).toContain(status);
		}
		for (const body of ["", "{", "[]", '{"call":1}', "\xff"])
			expect((await asked({ path: "/call", method: "POST", headers: callHeaders(), body })).status, body).toBe(400);
		expect((await call(served, "run.info", {})).status).toBe(200);
	});

	test("an image that the run does not record", async () => {
		const { body } = await call(served, "image", { sha256: "0".repeat(64) });
		expect(JSON.parse(body)).toMatchObject({ reply: 1, error: { kind: "not-an-image" } });
	});

	test("who comes by another address of this machine", async () => {
		const code = await new Promise((resolve) => {
			const socket = connect(served.port, "127.0.0.2", () => resolve("connected"));
			socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
		});
		expect(code).toBe("ECONNREFUSED");
	});
});

/** Whether the run's table has a trace. */
async function has(traceId: string): Promise<boolean> {
	const { body } = await call(served, "run.place", { traceId });
	return typeof JSON.parse(body).result?.index === "number";
}

/** Waits for a notice after which the run's table has a trace. */
async function hearsOf(stream: ReturnType<typeof notices>, traceId: string): Promise<void> {
	for (;;) {
		expect((await stream.next()).value?.notice).toBe("changed");
		if (await has(traceId)) return;
	}
}

describe("calls and notices", () => {
	test("two pages ask and hear at once, and one that goes leaves the other its notices", async () => {
		const [first, second] = [new AbortController(), new AbortController()];
		const streams = [notices(served, first.signal), notices(served, second.signal)] as const;
		// Each hears of something before the run grows: of the newest change, or of the next.
		const heard = streams.map((stream) => stream.next());
		const before = grow(served.path);
		await Promise.all(heard);
		await hearsOf(streams[1], before);
		// A page that says that nobody looks at it speaks for itself only.
		await call(served, "run.watch", { visible: false });
		await hearsOf(streams[1], grow(served.path));
		first.abort();
		await hearsOf(streams[1], grow(served.path));
		second.abort();
	});

	test("a page that comes later is told of the last change at once", async () => {
		const stop = new AbortController();
		const before = await notices(served, stop.signal).next();
		const after = await notices(served, stop.signal).next();
		stop.abort();
		expect(after.value?.revision).toBeGreaterThanOrEqual(before.value?.revision ?? Number.POSITIVE_INFINITY);
	});

	test("many changes at once are few notices", async () => {
		const stop = new AbortController();
		const stream = notices(served, stop.signal);
		await stream.next();
		const ids = Array.from({ length: 300 }, () => grow(served.path));
		let heard = 0;
		for await (const _ of stream) {
			heard++;
			if (await has(ids.at(-1) ?? "")) break;
		}
		stop.abort();
		expect(heard).toBeLessThan(30);
	});
});
