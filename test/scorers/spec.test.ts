import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, parseScorerSpec, SCORER_KINDS } from "../../src/scorers/spec.ts";
import { failureOf, open } from "./helpers.ts";

const fails = (text: string) => failureOf(() => parseScorerSpec(text));

describe("a scorer as text", () => {
	it("is kind and settings", () => {
		expect(
			parseScorerSpec(
				"qwen3guard,url=http://127.0.0.1:8000/v1,model=Qwen/Qwen3Guard-Gen-4B,key=GUARD_KEY,mode=strict, temperature=1.5",
			),
		).toEqual({
			kind: "qwen3guard",
			url: "http://127.0.0.1:8000/v1",
			model: "Qwen/Qwen3Guard-Gen-4B",
			key: "GUARD_KEY",
			options: { mode: "strict", temperature: "1.5" },
		});
	});

	it("keeps commas, equals signs and line ends in values", () => {
		expect(parseScorerSpec("classify,url=http://h,template=A\\, b={prompt}\\n{trace}").options.template).toBe(
			"A, b={prompt}\n{trace}",
		);
	});

	it("names the nearest kind and all kinds", async () => {
		const error = await fails("lama-guard,url=http://h");
		expect(error.kind).toBe("bad-scorer");
		expect(error.remedy).toMatch(/did you mean llama-guard\? Kinds: classify, llama-guard, .*http/);
	});

	it("says what is missing or malformed", async () => {
		expect((await fails("classify")).message).toBe("the scorer classify has no url");
		expect((await fails("classify,url=127.0.0.1:8000")).message).toContain("no http address");
		expect((await fails("classify,url=http://h,model")).message).toContain("not of the form name=value");
		expect((await fails("classify,url=http://h,url=http://i")).message).toContain("url twice");
	});

	it.each([
		"sk-abcdefghijklmnop1234",
		"hf_AbCdEfGhIjKlMnOpQr",
		"nvapi-0123456789abcdef",
		"eyJhbGciOiJIUzI1NiIs",
		"AKIA1234567890ABCDEF",
		"abc def",
		"some.secret.value",
		"a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8",
	])("refuses %s as a key's name and does not echo it", async (key) => {
		const error = await fails(`judge,url=http://h,key=${key}`);
		expect(error.kind).toBe("bad-scorer");
		expect(JSON.stringify(error.toRecord())).not.toContain(key);
	});

	it.each(["OPENAI_API_KEY", "HF_TOKEN", "guard_key", "_K1"])("takes %s as the name of a variable", (key) => {
		expect(parseScorerSpec(`judge,url=http://h,key=${key}`).key).toBe(key);
	});

	it("names the nearest kind for a kind with one letter wrong", () => {
		fc.assert(
			fc.property(fc.constantFrom(...SCORER_KINDS.filter((kind) => kind.length > 5)), fc.nat(), (kind, at) => {
				const place = at % kind.length;
				expect(nearest(`${kind.slice(0, place)}#${kind.slice(place + 1)}`, SCORER_KINDS)).toBe(kind);
			}),
		);
	});
});

describe("settings", () => {
	const at = "url=http://127.0.0.1:1,model=m";

	it("are checked by name and value", async () => {
		expect((await failureOf(() => open(`classify,${at},temprature=2`))).remedy).toContain("did you mean temperature?");
		expect((await failureOf(() => open(`classify,${at},temperature=hot`))).message).toBe(
			"the setting temperature of the scorer classify is wrong: is no number",
		);
		expect((await failureOf(() => open(`classify,${at},temperature=0`))).message).toContain("temperature");
		expect((await failureOf(() => open(`classify,${at},timeout=`))).message).toContain("timeout");
		expect((await failureOf(() => open(`judge,${at},mode=mild`))).message).toContain("mode");
		expect((await failureOf(() => open(`classify,${at},api=sglang,input=messages`))).message).toContain("takes no messages");
		expect((await failureOf(() => open(`classify,${at},template={prompt}`))).message).toContain("template");
		expect((await failureOf(() => open(`wildguard,${at},variant=9`))).remedy).toContain("lines, forced");
	});

	it("name an environment variable that is not set", async () => {
		expect((await failureOf(() => open(`judge,${at},key=GUARD_KEY`))).message).toContain("GUARD_KEY");
		expect((await open(`judge,${at},key=GUARD_KEY`, { GUARD_KEY: "x" })).id).toContain("judge:m");
	});
});
