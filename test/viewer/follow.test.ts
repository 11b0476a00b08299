import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Coalesced, Repeated } from "../../src/viewer/follow.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Coalesced", () => {
	it("tells of the first call at once and of those within the pause together, the last never lost", () => {
		const told: number[] = [];
		const notice = new Coalesced(
			() => told.push(Date.now()),
			() => 100,
		);
		const start = Date.now();
		for (let turn = 0; turn < 25; turn++) {
			notice.call();
			vi.advanceTimersByTime(10);
		}
		expect(told.map((at) => at - start)).toEqual([0, 100, 200]);
		vi.advanceTimersByTime(1000);
		expect(told.map((at) => at - start)).toEqual([0, 100, 200, 300]);
	});

	it("tells nothing after it was stopped", () => {
		const tell = vi.fn();
		const notice = new Coalesced(tell, () => 100);
		notice.call();
		notice.call();
		notice.stop();
		vi.advanceTimersByTime(1000);
		expect(tell).toHaveBeenCalledTimes(1);
	});
});

describe("Repeated", () => {
	it("works while it is switched on, one turn after the other however long they take", async () => {
		let working = 0;
		let most = 0;
		let turns = 0;
		const repeated = new Repeated(async () => {
			turns++;
			most = Math.max(most, ++working);
			await new Promise((resolve) => setTimeout(resolve, 300));
			working--;
		}, 100);
		repeated.switch(true);
		repeated.switch(true);
		await vi.advanceTimersByTimeAsync(1150);
		expect({ turns, most }).toEqual({ turns: 3, most: 1 });
		repeated.switch(false);
		await vi.advanceTimersByTimeAsync(2000);
		expect(turns).toBe(3);
	});

	it("takes no second way of working when it is switched off and on within a turn", async () => {
		let working = 0;
		let most = 0;
		const repeated = new Repeated(async () => {
			most = Math.max(most, ++working);
			await new Promise((resolve) => setTimeout(resolve, 300));
			working--;
		}, 100);
		repeated.switch(true);
		await vi.advanceTimersByTimeAsync(50);
		repeated.switch(false);
		repeated.switch(true);
		await vi.advanceTimersByTimeAsync(3000);
		expect(most).toBe(1);
		repeated.switch(false);
	});
});
