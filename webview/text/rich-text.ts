/**
 * Markdown and formulas of a model, as elements that do nothing: no links, images, styles, classes or identifiers, only structure.
 * Markdown's own HTML is text; formulas become MathML; whatever comes out is sanitised once more.
 */
import DOMPurify from "dompurify";
import katex from "katex";
import MarkdownIt from "markdown-it";
import { shownText } from "../core/shown-text.ts";
import { formulas } from "./rich-formulas.ts";

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable([
	"link",
	"image",
	"autolink",
	"reference",
]);
markdown.use(formulas, formula);

const STRUCTURE = "p br hr h1 h2 h3 h4 h5 h6 strong em s code pre blockquote ul ol li table thead tbody tr th td";
const MATH =
	"math mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover mtable mtr mtd mstyle mpadded mphantom menclose semantics";
const ATTRIBUTES = ["display", "mathvariant", "stretchy", "fence", "separator", "accent", "columnalign", "start"];

/** Beyond these, plain text is shown, which comes in parts. */
const MOST_LINES = 400;
const MOST_ELEMENTS = 3000;

/**
 * @param text at most some ten thousand characters; the caller bounds it
 * @returns undefined where so much would come of it that it would fill the page
 */
export function richText(text: string): DocumentFragment | undefined {
	if (text.split("\n").length > MOST_LINES) return undefined;
	const fragment = sanitized(markdown.render(shownText(text)));
	return fragment.querySelectorAll("*").length > MOST_ELEMENTS ? undefined : fragment;
}

function sanitized(markup: string): DocumentFragment {
	return DOMPurify.sanitize(markup, {
		ALLOWED_TAGS: `${STRUCTURE} ${MATH}`.split(" "),
		// The source of a formula stands in an annotation.
		ADD_FORBID_CONTENTS: ["annotation"],
		ALLOWED_ATTR: ATTRIBUTES,
		ALLOW_DATA_ATTR: false,
		ALLOW_ARIA_ATTR: false,
		RETURN_DOM_FRAGMENT: true,
	});
}

/** MathML, or the formula's source where it cannot be read. */
function formula(source: string, display: boolean): string {
	try {
		return katex.renderToString(source, {
			displayMode: display,
			output: "mathml",
			throwOnError: true,
			trust: false,
			strict: "ignore",
			maxSize: 10,
			maxExpand: 100,
		});
	} catch {
		return `<code>${markdown.utils.escapeHtml(source)}</code>`;
	}
}
