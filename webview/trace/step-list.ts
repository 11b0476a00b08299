/** The frame of a list of steps, of which only what is in sight is drawn; of one trace or of two beside each other. */
import type { VirtualItem } from "@tanstack/virtual-core";
import { html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { styled } from "../core/styled.ts";
import type { VirtualList } from "../core/virtual-list.ts";

/** Steps that are fetched at once. */
export const WINDOW = 20;
/** Height of a step of two lines, in pixels. */
export const ESTIMATE = 92;

export interface StepListParts {
	list: VirtualList;
	/** What the list is called. */
	label: string;
	/** Draws the item at an index. */
	item(index: number): unknown;
	/** Told of each click that is meant for a step, with the step. */
	select(step: number): void;
}

/** @param items those to be drawn, as `list` gave them */
export function stepList(items: readonly VirtualItem[], { list, label, item, select }: StepListParts) {
	const onClick = (event: MouseEvent) => {
		const step = clickedStep(event);
		if (step !== undefined) select(step);
	};
	return html`<div class="steps-scroll" @click=${onClick}>
		<div class="steps-space" ${styled({ height: `${list.height()}px` })}>
			<div class="steps-block" role="list" aria-label=${label} ${styled({ transform: `translateY(${items[0]?.start ?? 0}px)` })}>
				${repeat(
					items,
					({ key }) => key,
					({ index }) => item(index),
				)}
			</div>
		</div>
	</div>`;
}

/** The step (`data-step`) that a click is for; none where it is for a control of the step, or ends a selection of text. */
function clickedStep({ target }: MouseEvent): number | undefined {
	if (!(target instanceof Element) || getSelection()?.isCollapsed === false) return undefined;
	if (target.closest("button, input, a, summary, st-prefix-input") !== null) return undefined;
	return Number(target.closest("[data-step]")?.getAttribute("data-step")) || undefined;
}
