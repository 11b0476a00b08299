/** package.json against the code: VS Code compares the two only when somebody clicks. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PAGE_COMMANDS } from "../../src/contract/wire.ts";
import { COMMANDS } from "../../src/extension/commands.ts";
import { ROOT } from "../e2e/cli.ts";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const { contributes } = manifest;
const commandIds: string[] = contributes.commands.map(({ command }: { command: string }) => command);
const settings: Record<string, { default: unknown; scope: string; markdownDescription: string }> = Object.assign(
	{},
	...contributes.configuration.map(({ properties }: { properties: object }) => properties),
);

describe("commands", () => {
	test("those of package.json are those of the typed map", () => {
		expect(commandIds.toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
	});

	test("menus, keys, welcome texts and walkthrough name commands that exist", () => {
		const { menus, keybindings, viewsWelcome, walkthroughs } = contributes;
		const inMenus = Object.values<{ command: string }[]>(menus).flatMap((items) => items.map(({ command }) => command));
		const inKeys = keybindings.map(({ command }: { command: string }) => command);
		const links = [...JSON.stringify([viewsWelcome, walkthroughs]).matchAll(/(?:\(command:|onCommand:)([\w.]+)/g)];
		const named: string[] = [...inMenus, ...inKeys, ...links.map((match) => match[1])];
		expect(named.length).toBeGreaterThan(40);
		expect(named.filter((command) => !commandIds.includes(command))).toEqual([]);
	});

	test("everything the page can be told has a command and a key that only counts there", () => {
		for (const command of PAGE_COMMANDS) {
			const binding = contributes.keybindings.find((key: { command: string }) => key.command === `safethink.page.${command}`);
			expect(binding, command).toMatchObject({ when: "activeCustomEditorId == safethink.run" });
		}
	});

	test("no key is bound twice in one place", () => {
		const keys = contributes.keybindings.map(({ key, when }: { key: string; when: string }) => `${key} ${when}`);
		expect(new Set(keys).size).toBe(keys.length);
	});

	test("what starts work needs a trusted workspace", () => {
		const working = [
			"runPrompts",
			"runHere",
			"runHereWithout",
			"compareHere",
			"runSet",
			"askImage",
			"trySample",
			"addServer",
			"continueRun",
		];
		for (const name of working) {
			const command = contributes.commands.find((entry: { command: string }) => entry.command === `safethink.${name}`);
			expect(command.enablement, name).toContain("isWorkspaceTrusted");
		}
	});
});

describe("names", () => {
	test("all under safethink.", () => {
		const views = contributes.views.safethink.map(({ id }: { id: string }) => id);
		const ids = [...commandIds, ...Object.keys(settings), ...views, contributes.customEditors[0].viewType];
		expect(ids.filter((id) => !id.startsWith("safethink."))).toEqual([]);
		expect(contributes.customEditors[0]).toMatchObject({
			viewType: "safethink.run",
			selector: [{ filenamePattern: "*.safethink.jsonl" }],
		});
	});
});

describe("settings", () => {
	test("those that the code reads are there, and no others", () => {
		const code = readFileSync(join(ROOT, "src/extension/settings.ts"), "utf8");
		const read = [...code.matchAll(/(?:text|number)\(\w+(?:\(\))?, "(\w+)"\)|\.get<unknown>\("(\w+)"\)/g)];
		const names = read.map((match) => `safethink.${match[1] ?? match[2]}`);
		expect(Object.keys(settings).toSorted()).toEqual([...new Set(names)].toSorted());
	});

	test("the method's numbers have the command line's defaults", () => {
		const { properties } = JSON.parse(readFileSync(join(ROOT, "docs/safethink.schema.json"), "utf8"));
		for (const name of ["tau", "depth", "resamples", "prefix", "samples", "concurrency"]) {
			expect(settings[`safethink.${name}`]?.default, name).toEqual(properties[name]?.default);
		}
	});

	test("what names a server, or a place to write, is ignored in a workspace that is not trusted", () => {
		const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
		const leading = Object.keys(settings).filter((name) => /server|scorer|judge|folder/i.test(name));
		expect(restrictedConfigurations.toSorted()).toEqual(leading.toSorted());
	});

	test("each has a description and a scope", () => {
		for (const [name, { markdownDescription, scope }] of Object.entries(settings)) {
			expect(markdownDescription?.length, name).toBeGreaterThan(20);
			expect(["resource", "machine-overridable"], name).toContain(scope);
		}
	});
});

test("files that package.json names are there", () => {
	const { languages, grammars = [], yamlValidation, viewsContainers, walkthroughs } = contributes;
	const named: (string | undefined)[] = [
		manifest.icon,
		viewsContainers.activitybar[0].icon,
		...walkthroughs[0].steps.map(({ media }: { media: { markdown: string } }) => media.markdown),
		...languages.map(({ configuration }: { configuration?: string }) => configuration),
		...[...grammars, ...(contributes.snippets ?? [])].map(({ path }: { path: string }) => path),
		...yamlValidation.map(({ url }: { url: string }) => url),
	];
	expect(named.filter((path) => path !== undefined && !existsSync(join(ROOT, path)))).toEqual([]);
});
