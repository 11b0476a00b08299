/** Themes of the page in a browser; in the editor the editor's own colours are there already. */
export const THEMES = ["dark", "light", "hc-dark", "hc-light"] as const;
export type Theme = (typeof THEMES)[number];
/** `system`: as the system asks for, and changes with it. */
export type ThemeChoice = Theme | "system";

const KEPT = "safethink-theme";
const LIGHT = "(prefers-color-scheme: light)";
const CONTRAST = "(prefers-contrast: more)";

/** Whether the editor gives the colours. */
export function themedByEditor(): boolean {
	return globalThis.acquireVsCodeApi !== undefined;
}

/** Takes the theme that was chosen here before, or the one the system asks for, and follows the system. */
export function chooseTheme(): void {
	if (themedByEditor()) return;
	applyTheme();
	for (const query of [LIGHT, CONTRAST]) matchMedia(query).addEventListener("change", applyTheme);
}

export function themeChoice(): ThemeChoice {
	const kept = localStorage.getItem(KEPT);
	return THEMES.find((theme) => theme === kept) ?? "system";
}

export function keepTheme(choice: ThemeChoice): void {
	localStorage.setItem(KEPT, choice);
	applyTheme();
}

function applyTheme(): void {
	const choice = themeChoice();
	document.documentElement.dataset["theme"] = choice === "system" ? systemTheme() : choice;
}

function systemTheme(): Theme {
	const light = matchMedia(LIGHT).matches;
	if (matchMedia(CONTRAST).matches) return light ? "hc-light" : "hc-dark";
	return light ? "light" : "dark";
}
