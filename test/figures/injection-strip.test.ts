import { describe, expect, it } from "vitest";
import { stripCells } from "../../src/figures/injection-strip.ts";

const plot = { left: 40, right: 440 };
const share = (k: number, n: number, low = 0.1, high = 0.9) => ({ k, n, low, high });
const at = (gap: number) => (step: number) => 40 + (step - 0.5) * gap;

describe("a strip under the curve", () => {
	it("has its cells where the curve has their steps", () => {
		const [first, second] = stripCells(
			[1, 2].map((step) => ({ step, share: share(7, 8) })),
			plot,
			at(100),
		);
		expect(first?.roomy).toBe(true);
		expect((first?.x ?? 0) + (first?.width ?? 0) / 2).toBe(90);
		expect((second?.x ?? 0) - (first?.x ?? 0)).toBe(100);
	});

	it("shows share and interval along a cell", () => {
		const [cell] = stripCells([{ step: 2, share: share(3, 4, 0.25, 1) }], plot, at(100));
		const along = (x = 0) => (x - (cell?.x ?? 0)) / (cell?.width ?? 1);
		expect([along(cell?.low), along(cell?.at), along(cell?.high)]).toEqual([0.25, 0.75, 1]);
	});

	it("leaves out what is out of sight or has no sample, and numbers that do not fit", () => {
		const steps = [1, 2, 60].map((step) => ({ step, share: share(1, 2) }));
		const cells = stripCells([...steps, { step: 3, share: share(0, 0) }], plot, at(10));
		expect(cells.map(({ step, roomy }) => [step, roomy])).toEqual([
			[1, false],
			[2, false],
		]);
		expect(Math.max(...cells.map(({ width }) => width))).toBeLessThan(10);
	});
});
