import { expect, it } from "vitest";
import type { Diagnostic } from "vscode-languageserver";
import type { OpenDocument } from "../../src/language/document.ts";
import { Publisher } from "../../src/language/publisher.ts";

/** A document whose checks end when the test says so, each with its number as the message. */
class HeldDocument implements OpenDocument {
	readonly uri = "file:///held";
	readonly version = 1;
	readonly explainedIn = "";
	readonly #ends: (() => void)[] = [];
	readonly #started: (() => void)[] = [];
	checks = 0;

	edit() {}
	filesChanged() {}

	async *diagnostics(stale: () => boolean): AsyncGenerator<Diagnostic[]> {
		this.checks += 1;
		const message = String(this.checks);
		const end = new Promise<void>((resolve) => this.#ends.push(resolve));
		this.#started.shift()?.();
		await end;
		if (!stale()) yield [{ message, range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } } }];
	}

	nextStart(): Promise<void> {
		return new Promise((resolve) => this.#started.push(resolve));
	}

	end(check: number): void {
		this.#ends[check - 1]?.();
	}
}

/** A publisher, what it has sent, and a promise of the first. */
function publisher() {
	const sent: string[] = [];
	const { promise: heard, resolve, reject } = withResolvers();
	const send = (_: OpenDocument, found: Diagnostic[]) => {
		sent.push(...found.map(({ message }) => String(message)));
		resolve();
	};
	return { own: new Publisher({ send, failed: reject }), sent, heard };
}

function withResolvers() {
	let resolve: () => void = () => {};
	let reject: (error: unknown) => void = () => {};
	const promise = new Promise<void>((...settle) => {
		[resolve, reject] = settle;
	});
	return { promise, resolve, reject };
}

it("sends nothing of a check that a newer one has overtaken, whichever ends first", async () => {
	const document = new HeldDocument();
	const { own, sent, heard } = publisher();
	for (const _ of [1, 2]) {
		const started = document.nextStart();
		own.schedule(document, 0);
		await started;
	}
	document.end(1);
	document.end(2);
	await heard;
	expect(sent).toEqual(["2"]);
});

it("checks once for changes in quick succession", async () => {
	const document = new HeldDocument();
	const { own, sent, heard } = publisher();
	const started = document.nextStart();
	for (let change = 0; change < 10; change += 1) own.schedule(document);
	await started;
	document.end(1);
	await heard;
	expect(document.checks).toBe(1);
	expect(sent).toEqual(["1"]);
});

it("hears of a check that fails", async () => {
	const document = new HeldDocument();
	const { own, heard } = publisher();
	document.diagnostics = () => {
		throw new Error("a defect");
	};
	own.schedule(document, 0);
	await expect(heard).rejects.toThrow("a defect");
});
