import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { endText } from "../../src/extension/run-end.ts";
import { settingNamed } from "../../src/extension/setting-named.ts";
import { ROOT } from "../e2e/cli.ts";

const NO_VARIANT = "run file: /a/b\nsafethink: no variant of the prefix is there\n  what to do: name another";

describe("how a run ended", () => {
	test("before it began", () => {
		const said = endText({ code: 2, said: NO_VARIANT, name: "kite", begun: false });
		expect(said).toBe("The run did not start. No variant of the prefix is there. What to do: name another");
	});

	test("an address keeps its small letter", () => {
		const said = endText({ code: 2, said: "safethink: http://a:1 could not be reached", name: "kite", begun: false });
		expect(said).toBe("The run did not start. http://a:1 could not be reached");
	});

	test("with something failed in it", () => {
		const said = endText({ code: 1, said: "3 of 4\nfailed (server): it went away", name: "kite", begun: true });
		expect(said).toBe("In kite something failed. 3 of 4 failed (server): it went away");
	});

	test("in the midst of it, by a failure or from outside", () => {
		const failed = endText({ code: 2, said: NO_VARIANT, name: "kite", begun: true });
		expect(failed).toBe("The run stopped before its end. No variant of the prefix is there. What to do: name another");
		const killed = endText({ code: "signal SIGKILL", said: "3 of 4", name: "kite", begun: true });
		expect(killed).toBe("The run stopped before its end. Signal SIGKILL");
	});
});

describe("the setting that a message is about", () => {
	test.each([
		["set safethink.scorer, for example", "safethink.scorer"],
		["add it to the setting safethink.servers, or allow it", "safethink.servers"],
		["the scorer guard failed its self-test: it sees nothing", "safethink.scorer"],
		["the judge guard failed its self-test: --scorer SPEC repeats it", "safethink.judge"],
		["go on all the same with --self-test noted", "safethink.selfTest"],
	])("%s", (message, setting) => expect(settingNamed(message)).toBe(setting));

	test.each([
		"/home/safethink.prefix/a.safethink.jsonl is running",
		"safethink.runPrompts takes a list",
		"safethink.yaml is wrong",
		"a.safethink.depth is no file",
	])("none: %s", (message) => expect(settingNamed(message)).toBeUndefined());

	test("all settings are known by name", () => {
		const { contributes } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
		const names = contributes.configuration.flatMap(({ properties }: { properties: object }) => Object.keys(properties));
		expect(names.filter((name: string) => settingNamed(`set ${name}, please`) !== name)).toEqual([]);
	});
});
