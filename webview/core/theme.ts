/** Themes of the page in a browser; in the editor the editor's own colours are there already. */
export const THEMES = ["dark", "light", "hc-dark", "hc-light"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "safethink-theme";

/** Whether the editor gives the colours. */
export function themedByEditor(): boolean {
	return globalThis.acquireVsCodeApi !== undefined;
}

/** Takes the theme that was chosen here before, or the one the system asks for. */
export function chooseTheme(): void {
	if (themedByEditor()) return;
	document.documentElement.dataset["theme"] = currentTheme();
}

export function currentTheme(): Theme {
	const kept = localStorage.getItem(KEPT);
	return THEMES.find((theme) => theme === kept) ?? systemTheme();
}

export function keepTheme(theme: Theme): void {
	localStorage.setItem(KEPT, theme);
	chooseTheme();
}

function systemTheme(): Theme {
	const light = matchMedia("(prefers-color-scheme: light)").matches;
	const contrast = matchMedia("(prefers-contrast: more)").matches;
	if (contrast) return light ? "hc-light" : "hc-dark";
	return light ? "light" : "dark";
}
