import { expect, test } from "vitest";
import type { BranchGroup, BranchTree } from "../../src/contract/act-views.ts";
import { branchNodes, pathTo } from "../../webview/panel/branch-nodes.ts";

function group(of: string, traceIds: string[]): BranchGroup {
	const reached = { k: 0, n: 0, low: 0, high: 1 };
	return { of, step: 2, label: "x", changes: {}, traceIds, samples: traceIds.length, running: 0, reached, safe: null };
}

const tree: BranchTree = {
	revision: 1,
	root: "r",
	groups: [group("r", ["a1", "a2"]), group("a2", ["b1"]), group("r", ["c1"]), group("b1", ["d1"]), group("unlisted", ["e1"])],
};

test("groups hang on the trace they branch from, in their order", () => {
	const nodes = branchNodes(tree);
	expect(nodes.map(({ key }) => key)).toEqual(["0", "2", "4"]);
	expect(nodes[0]?.below).toMatchObject([{ sample: 2, node: { key: "1", below: [{ sample: 1, node: { key: "3" } }] } }]);
});

test("the path to a trace names the groups around it", () => {
	const nodes = branchNodes(tree);
	expect(pathTo(nodes, "d1")).toEqual(["0", "1", "3"]);
	expect(pathTo(nodes, "c1")).toEqual(["2"]);
	expect(pathTo(nodes, "r")).toEqual([]);
});
