/** Numbers as the page prints them. A rate is never printed without its n and interval. */
import type { Rate } from "../../src/contract/parts.ts";

/** `6/8 · 75 % (41–93 %)`, or `0/0`. */
export function rateText({ k, n, low, high }: Rate): string {
	return n === 0 ? "0/0" : `${k}/${n} · ${percent(k, n)} % (${intervalText({ low, high })})`;
}

/** `41–93 %`. */
export function intervalText({ low, high }: Pick<Rate, "low" | "high">): string {
	return `${Math.round(low * 100)}–${Math.round(high * 100)} %`;
}

/** Whole percent, but never 0 for some nor 100 for not all. */
export function percent(k: number, n: number): string {
	const rounded = Math.round((100 * k) / n);
	if (rounded === 0 && k > 0) return "<1";
	return rounded === 100 && k < n ? ">99" : String(rounded);
}

/** `3.8 s`, `240 ms`, `2 min 5 s`. @param ms milliseconds */
export function durationText(ms: number): string {
	if (ms < 1000) return `${Math.round(ms)} ms`;
	if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `1,234`. */
export function countText(count: number): string {
	return count.toLocaleString("en");
}

/** `1.31×`. */
export function costText(cost: number): string {
	return `${cost.toFixed(2)}×`;
}

/** `1 step`, `2 steps`, `3 branches`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
	return `${countText(count)} ${count === 1 ? noun : nouns}`;
}

/** `12.3 kB`. @param bytes size */
export function bytesText(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	const units = ["kB", "MB", "GB", "TB"];
	let value = bytes / 1000;
	let unit = 0;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
