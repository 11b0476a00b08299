import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventId, IdSet, newWriterId } from "../../src/store/ids.ts";

const id = fc.oneof(
	fc.tuple(fc.constantFrom("a1", "b2"), fc.integer({ min: 1, max: 40 })).map(([writer, counter]) => eventId(writer, counter)),
	fc.constantFrom("a1-0", "a1-01", "free form", "-3", "a1-1x"),
);

describe("IdSet", () => {
	it("answers as a plain set does, also after a round through JSON", () => {
		fc.assert(
			fc.property(fc.array(id, { maxLength: 120 }), fc.nat(120), (ids, cut) => {
				const plain = new Set<string>();
				let set = new IdSet();
				for (const [index, item] of ids.entries()) {
					if (index === cut) set = IdSet.from(JSON.parse(JSON.stringify(set)));
					expect(set.add(item)).toBe(!plain.has(item));
					plain.add(item);
				}
			}),
		);
	});

	it("keeps a writer's ids as one interval", () => {
		const set = new IdSet();
		for (const counter of [2, 1, 4, 5, 3, 6]) set.add(eventId("a1", counter));
		expect(set.toJSON()).toEqual({ writers: [["a1", [[1, 6]]]], others: [] });
	});

	it("draws writer names that ids are recognised by", () => {
		expect(newWriterId()).toMatch(/^[0-9a-f]{12}$/);
		expect(newWriterId()).not.toBe(newWriterId());
	});
});
