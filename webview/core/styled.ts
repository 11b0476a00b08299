/** Style properties that change: `<div ${styled({ height: "12px" })}>`. Lit's `styleMap` first writes an attribute, which the policy forbids. */
import { noChange } from "lit";
import { Directive, directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";

class StyledDirective extends Directive {
	constructor(part: PartInfo) {
		super(part);
		if (part.type !== PartType.ELEMENT) throw new Error("`styled` belongs on the element itself");
	}

	/** @param properties custom ones and others, as CSS names them */
	render(_properties: Record<string, string>) {
		return noChange;
	}

	override update(part: ElementPart, [properties]: [Record<string, string>]) {
		const { style } = part.element as HTMLElement;
		for (const [name, value] of Object.entries(properties)) style.setProperty(name, value);
		return noChange;
	}
}

export const styled = directive(StyledDirective);
