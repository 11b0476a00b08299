/** Base of the elements that show a text of a trace, of which a piece is at hand. */
import { property } from "lit/decorators.js";
import type { Piece } from "../../src/contract/parts.ts";
import { PageElement } from "../core/page-element.ts";

export class PieceElement extends PageElement {
	@property({ attribute: false })
	accessor traceId = "";
	/** Whose text, as `trace.text` names it: an attempt's id, `answer`, `prompt` or `system`. */
	@property({ attribute: false })
	accessor of = "";
	@property({ attribute: false })
	accessor piece: Piece = { text: "", total: 0 };
}
