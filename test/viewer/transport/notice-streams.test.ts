import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { NoticeStreams } from "../../../src/viewer/transport/notice-streams.ts";

test("a page that does not read costs no memory, and hears of the newest change when it reads again", async () => {
	const streams = new NoticeStreams();
	let response: ServerResponse | undefined;
	const server = createServer((_request, given) => {
		response = given;
		streams.add(given, () => undefined);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const page = connect((server.address() as AddressInfo).port, "127.0.0.1");
	page.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	await once(page, "data");
	page.pause();
	const many = 400_000;
	for (let revision = 1; revision <= many; revision++) {
		streams.send({ notice: "changed", revision });
		if (revision % 1000 === 0) await new Promise(setImmediate);
	}
	expect(response?.writableLength).toBeLessThan(1_000_000);
	let text = "";
	page.setEncoding("utf8").on("data", (piece) => {
		text = (text + piece).slice(-200);
	});
	page.resume();
	while (!text.includes(`"revision":${many}}`)) await once(page, "data");
	streams.close();
	page.destroy();
	server.close();
	server.closeAllConnections();
});

test("pages of one browser leave each other connections: the oldest stream ends for a new one, and the page comes again", async () => {
	const streams = new NoticeStreams();
	let gone = 0;
	const server = createServer((_request, given) => streams.add(given, () => gone++)).listen(0, "127.0.0.1");
	await once(server, "listening");
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const pages = [];
	for (let page = 0; page < 6; page++) pages.push((await fetch(url)).body?.getReader());
	for (const ended of pages.slice(0, 2)) expect(await ended?.read()).toEqual({ done: true, value: undefined });
	expect(streams.size).toBe(4);
	streams.send({ notice: "changed", revision: 7 });
	for (const open of pages.slice(2)) expect(new TextDecoder().decode((await open?.read())?.value)).toContain('"revision":7');
	const again = (await fetch(url)).body?.getReader();
	expect(new TextDecoder().decode((await again?.read())?.value)).toContain('"revision":7');
	streams.close();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	expect(gone).toBe(7);
});
