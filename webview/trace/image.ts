/** An image of the prompt, from the bytes that the viewer checked; larger in a dialog. */
import { html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { ImageView } from "../../src/contract/trace-views.ts";
import { Action } from "../core/action.ts";
import { bytesText } from "../core/format.ts";
import { PageElement } from "../core/page-element.ts";
import { problem } from "../core/problem.ts";
import { shownLine } from "../core/shown-text.ts";

/** Kinds that are shown; anything else could be more than a picture. */
const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];

@customElement("st-image")
export class PromptImage extends PageElement {
	@property({ attribute: false })
	accessor image!: ImageView;
	@state()
	accessor address: string | undefined;
	@query("dialog")
	accessor dialog!: HTMLDialogElement;
	#shown = "";
	readonly #action = new Action(this);

	protected override willUpdate(): void {
		if (this.image.sha256 === this.#shown) return;
		this.#shown = this.image.sha256;
		this.#forget();
		void this.#load(this.image.sha256);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.#forget();
		this.#shown = "";
	}

	override connectedCallback(): void {
		super.connectedCallback();
		this.requestUpdate();
	}

	protected override render() {
		const name = shownLine(this.image.path ?? "image of the prompt");
		return html`<figure class="prompt-image">
			${
				this.address === undefined
					? problem(this.#action.error)
					: html`<button class="image-button hostile" aria-label="enlarge ${name}" @click=${() => this.dialog.showModal()}><img src=${this.address} alt=${name} /></button>
				<dialog aria-label=${name} @click=${this.#closeOutside}><form method="dialog"><button autofocus>Close</button></form><img src=${this.address} alt=${name} /></dialog>`
			}
			${this.#action.busy ? html`<p class="faint">Reading the image…</p>` : nothing}
			<figcaption class="faint hostile">${facts(this.image)}</figcaption>
		</figure>`;
	}

	async #load(sha256: string): Promise<void> {
		const image = await this.#action.do(() => this.run.call("image", { sha256 }));
		if (image === undefined || sha256 !== this.#shown || !KINDS.includes(image.mediaType)) return;
		const bytes = Uint8Array.from(atob(image.data), (character) => character.charCodeAt(0));
		this.address = URL.createObjectURL(new Blob([bytes], { type: image.mediaType }));
	}

	#forget(): void {
		if (this.address !== undefined) URL.revokeObjectURL(this.address);
		this.address = undefined;
	}

	#closeOutside = (event: MouseEvent) => {
		if (event.target === this.dialog) this.dialog.close();
	};
}

function facts({ path, width, height, bytes, sha256 }: ImageView): string {
	return [
		...(path === undefined ? [] : [shownLine(path)]),
		...(width === undefined || height === undefined ? [] : [`${width}×${height}`]),
		bytesText(bytes),
		`sha256 ${sha256.slice(0, 4)}…${sha256.slice(-2)}`,
	].join(" · ");
}
