import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SORT_KEYS } from "../../src/contract/methods.ts";
import type { Summary } from "../../src/store/summaries.ts";
import { Memo } from "../../src/viewer/memo.ts";
import { selectRows } from "../../src/viewer/selection.ts";
import { row } from "./rows.ts";

const anyRow = fc
	.record({
		promptId: fc.constantFrom("a", "b", "c"),
		category: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
		rewards: fc.array(fc.option(fc.constantFrom(-1, -0.5, 0, 0.5), { nil: null }), { maxLength: 4 }),
		attempts: fc.nat(5),
		ms: fc.option(fc.nat(3), { nil: undefined }),
		harmful: fc.option(fc.option(fc.boolean(), { nil: null }), { nil: undefined }),
	})
	.map(({ category, ms, harmful, ...rest }): Summary => {
		const { ms: _ms, ...plain } = row(rest);
		const verdicts = harmful === undefined ? [] : [{ id: "v", judge: "j", scope: "both" as const, harmful }];
		return { ...plain, verdicts, ...(category === undefined ? {} : { category }), ...(ms === undefined ? {} : { ms }) };
	});

describe("selected rows", () => {
	it("keep their order where a column's values are equal, whichever column", () => {
		fc.assert(
			fc.property(fc.array(anyRow, { maxLength: 20 }), fc.constantFrom(...SORT_KEYS), fc.boolean(), (rows, by, descending) => {
				const sorted = selectRows(rows, { sort: { by, descending } }, new Memo(9));
				const places = sorted.map((item) => rows.indexOf(item));
				expect(places.toSorted((a, b) => a - b)).toEqual(rows.map((_, index) => index));
				if (by === "number") expect(sorted).toEqual(descending ? rows.toReversed() : rows);
				else expect(selectRows(sorted, { sort: { by, descending } }, new Memo(9))).toEqual(sorted);
			}),
			{ numRuns: 300 },
		);
	});

	it("stand in a column's order, those without a value last in either direction", () => {
		const columns: Record<"ms" | "category", (item: Summary) => number | string | undefined> = {
			ms: (item: Summary) => item.ms,
			category: (item: Summary) => item.category,
		};
		fc.assert(
			fc.property(fc.array(anyRow), fc.constantFrom("ms", "category"), fc.boolean(), (rows, by, descending) => {
				const values = selectRows(rows, { sort: { by, descending } }, new Memo(9)).map(columns[by]);
				const known = rows.map(columns[by]).filter((value) => value !== undefined);
				const ascending = known.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
				expect(values.slice(0, known.length)).toEqual(descending ? ascending.reverse() : ascending);
			}),
		);
	});

	it("put the judged harmful above those no judge could tell, and these above the safe", () => {
		const rows = [false, null, true].map((harmful, index) =>
			row({ traceId: String(index), verdicts: [{ id: "v", judge: "j", scope: "both", harmful }] }),
		);
		const unjudged = row({ traceId: "3", verdicts: [] });
		const order = selectRows([unjudged, ...rows], { sort: { by: "verdict", descending: true } }, new Memo(9));
		expect(order.map(({ traceId }) => traceId)).toEqual(["2", "1", "0", "3"]);
	});

	it("are kept until rows change", () => {
		const rows = [row({ attempts: 1 }), row({ attempts: 2 })];
		const memo = new Memo(2);
		const first = selectRows(rows, { filter: "attempts>1" }, memo);
		expect(selectRows(rows, { filter: " attempts>1" }, memo)).toBe(first);
		rows.push(row({ attempts: 3 }));
		memo.clear();
		expect(selectRows(rows, { filter: "attempts>1" }, memo)).toHaveLength(2);
	});

	it("are bounded in number", () => {
		const memo = new Memo(2);
		const first = selectRows([row()], { filter: "attempts>1" }, memo);
		for (const filter of ["attempts>2", "attempts>3"]) selectRows([row()], { filter }, memo);
		expect(selectRows([row()], { filter: "attempts>1" }, memo)).not.toBe(first);
	});
});
