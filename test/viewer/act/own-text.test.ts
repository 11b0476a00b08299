import { expect, it } from "vitest";
import { findDialect } from "../../../src/method/dialects.ts";
import { withoutOpening } from "../../../src/viewer/act/own-text.ts";
import type { Recorded } from "../../../src/viewer/act/recorded.ts";

/** A trace whose accepted steps have these texts. */
function trace(dialect: string, ...texts: string[]) {
	const steps = texts.map((text) => ({ accepted: { text, prefix: "" } }));
	return { trace: { steps }, session: { dialect: findDialect(dialect) } } as unknown as Recorded;
}

it.each([
	["deepseek-r1", [], "<think>\nSo I", "So I"],
	["qwen3-thinking", [], "<think>\nSo I", "So I"],
	["kimi-vl-thinking", [], "◁think▷So I", "So I"],
	["gpt-oss", [], "<|channel|>analysis<|message|>So I", "So I"],
	["gpt-oss", ["<|channel|>analysis<|message|>Fine.<|end|>"], "<|start|>assistant<|channel|>analysis<|message|>So", "So"],
	["gemma-4", [], "<|channel>thought\nSo I", "So I"],
	["llava-cot", [], "<SUMMARY> So I", " So I"],
	["llava-cot", ["<SUMMARY> Fine. </SUMMARY>"], "<CAPTION> So I", " So I"],
	["llava-cot", ["<SUMMARY> Fine. </SUMMARY>"], "<REASONING> So I", "<REASONING> So I"],
	["deepseek-r1", ["<think>\nFine.\n\n"], "\n a < b and <think> is a tag", "\n a < b and <think> is a tag"],
	["untagged", [], "<think>So I", "<think>So I"],
	["llamav-o1", [], " So I", " So I"],
])("%s after %j: %j stands as %j", (dialect, before, text, words) => {
	expect(withoutOpening(text, before.length + 1, trace(dialect, ...before))).toBe(words);
});
