/** The foot of the page: the keys of the view, what made the run, the theme. */
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { RunInfo } from "../../src/contract/run-views.ts";
import { KEYS, keyName, type View } from "../core/keys.ts";
import { PageElement } from "../core/page-element.ts";
import { keepTheme, THEMES, type ThemeChoice, themeChoice, themedByEditor } from "../core/theme.ts";

const THEME_NAMES: Record<ThemeChoice, string> = {
	system: "as the system",
	dark: "dark",
	light: "light",
	"hc-dark": "dark, high contrast",
	"hc-light": "light, high contrast",
};

@customElement("st-footer")
export class Footer extends PageElement {
	@property({ attribute: false })
	accessor view: View = "run";
	@property({ attribute: false })
	accessor info: RunInfo | undefined;

	protected override render() {
		const shown = KEYS.filter(({ views, footer }) => footer && views.includes(this.view));
		return html`<footer>
			<div class="keys">
				${shown.map(
					({ key, command, label }) =>
						html`<button class="key" data-command=${command} @click=${() => this.tell("command", command)}><kbd>${keyName(key)}</kbd> ${label}</button>`,
				)}
			</div>
			${this.info?.embedded ? html`<strong class="toy">toy model: its numbers say nothing about real models</strong>` : nothing}
			${themedByEditor() ? nothing : themeSelect()}
		</footer>`;
	}
}

function themeSelect() {
	const chosen = themeChoice();
	return html`<label class="theme">theme
		<select @change=${({ target }: Event) => keepTheme((target as HTMLSelectElement).value as ThemeChoice)}>
			${(["system", ...THEMES] as const).map((theme) => html`<option value=${theme} ?selected=${theme === chosen}>${THEME_NAMES[theme]}</option>`)}
		</select></label>`;
}
