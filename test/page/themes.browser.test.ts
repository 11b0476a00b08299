/** The colours of the page, computed by a real browser: readable in every theme, and scorer and judge told apart. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../e2e/cli.ts";
import { launchChromium } from "./chromium.ts";
import { EDITOR_THEMES, type EditorTheme } from "./editor-themes.ts";

const BROWSER_THEMES = ["dark", "light", "hc-dark", "hc-light"];
const GROUNDS = ["--st-background", "--st-raised", "--st-selected", "--st-hover"];
const ROLES = ["--st-reached", "--st-below", "--st-safe", "--st-harmful", "--st-injected", "--st-other"];
const TEXTS = [...ROLES, "--st-text", "--st-faint", "--st-link", "--st-failure"];
const ON_THEIR_OWN = [
	["--st-text", "--st-differs"],
	["--st-placeholder", "--vscode-input-background"],
	["--vscode-input-foreground", "--vscode-input-background"],
];
const BUTTONS = [
	["--vscode-button-foreground", "--vscode-button-background"],
	["--vscode-button-foreground", "--vscode-button-hoverBackground"],
	["--vscode-button-secondaryForeground", "--vscode-button-secondaryBackground"],
	["--vscode-button-secondaryForeground", "--vscode-button-secondaryHoverBackground"],
	["--vscode-keybindingLabel-foreground", "--vscode-keybindingLabel-background"],
];

/** Red, green, blue and alpha in [0, 1]. */
type Colour = [number, number, number, number];

let browser: Browser;
let page: Page;
beforeAll(async () => {
	browser = await launchChromium();
	page = await browser.newPage();
	const css = ["tokens", "browser-themes"].map((name) => readFileSync(join(ROOT, "webview", "styles", `${name}.css`), "utf8"));
	await page.setContent(`<style>${css.join("\n")}</style><i id="probe"></i>`);
});
afterAll(() => browser.close());

/** The colours of variables as the browser computes them; one that is not set is transparent. */
async function computed(names: string[]): Promise<Map<string, Colour>> {
	const values = await page.evaluate((asked) => {
		const probe = document.getElementById("probe") as HTMLElement;
		return asked.map((name) => {
			probe.style.backgroundColor = "";
			probe.style.backgroundColor = `var(${name})`;
			return getComputedStyle(probe).backgroundColor;
		});
	}, names);
	return new Map(names.map((name, index) => [name, parsed(values[index] ?? "")]));
}

function parsed(css: string): Colour {
	const [r = 0, g = 0, b = 0, alpha = 1] = (css.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
	const scale = css.startsWith("color(") ? 1 : 255;
	return [r / scale, g / scale, b / scale, alpha];
}

function over(top: Colour, ground: Colour): Colour {
	const mix = (index: 0 | 1 | 2) => top[index] * top[3] + ground[index] * (1 - top[3]);
	return [mix(0), mix(1), mix(2), 1];
}

/** WCAG 2 contrast of two opaque colours, 1 to 21. */
function contrast(a: Colour, b: Colour): number {
	const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
	return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
	const [r, g, b] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as Colour;
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

async function unreadable(texts: string[], grounds: string[]): Promise<string[]> {
	const colours = await computed([...texts, ...grounds, "--st-background"]);
	const colour = (name: string) => colours.get(name) as Colour;
	return grounds.flatMap((ground) => {
		const below = over(colour(ground), colour("--st-background"));
		return texts.flatMap((text) => {
			const ratio = contrast(over(colour(text), below), below);
			return ratio >= 4.5 ? [] : [`${text} on ${ground}: ${ratio.toFixed(2)}`];
		});
	});
}

async function expectReadable(): Promise<void> {
	expect(await unreadable(TEXTS, GROUNDS)).toEqual([]);
	for (const [text, ground] of ON_THEIR_OWN) expect(await unreadable([text ?? ""], [ground ?? ""])).toEqual([]);
}

/** What the scorer says and what the judge says must not look the same: some channel differs by a tenth at least. */
async function expectToldApart(): Promise<void> {
	const colours = await computed(ROLES);
	const alike = ROLES.flatMap((a, index) =>
		ROLES.slice(index + 1)
			.filter((b) => isAlike(colours.get(a) as Colour, colours.get(b) as Colour))
			.map((b) => `${a} = ${b}`),
	);
	expect(alike).toEqual([]);
}

function isAlike(a: Colour, b: Colour): boolean {
	return [0, 1, 2].every((index) => Math.abs((a[index] ?? 0) - (b[index] ?? 0)) < 0.1);
}

describe.each(BROWSER_THEMES)("the browser's theme %s", (theme) => {
	beforeAll(() => page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme));

	it("is readable", async () => {
		await expectReadable();
		for (const [text, ground] of BUTTONS) expect(await unreadable([text ?? ""], [ground ?? ""])).toEqual([]);
	});

	it("tells the roles apart", expectToldApart);

	it("has every colour that the page uses", async () => {
		const { names, set } = await page.evaluate(() => {
			const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]) as CSSStyleRule[];
			const style = getComputedStyle(document.documentElement);
			const names = [
				...new Set(rules.flatMap((rule) => [...rule.cssText.matchAll(/var\((--st-[a-z-]+)/g)].map((m) => m[1] ?? ""))),
			];
			return { names, set: names.filter((name) => style.getPropertyValue(name) !== "") };
		});
		expect(set).toEqual(names);
	});
});

describe.each(Object.entries(EDITOR_THEMES))("the editor's theme %s", (_name, theme: EditorTheme) => {
	beforeAll(() =>
		page.evaluate(({ classes, colours }) => {
			const root = document.documentElement;
			root.removeAttribute("data-theme");
			root.removeAttribute("style");
			document.body.className = classes;
			for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--vscode-${name}`, value);
		}, theme),
	);

	it("is readable", expectReadable);
	it("tells the roles apart", expectToldApart);
});
