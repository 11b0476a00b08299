/** The tree of branches: which groups hang on which trace. */
import type { BranchGroup, BranchTree } from "../../src/contract/act-views.ts";

export interface BranchNode {
	/** Names the group within its tree. */
	key: string;
	group: BranchGroup;
	/** Groups that branch from one of this group's traces, with the number of that sample. */
	below: { sample: number; node: BranchNode }[];
}

/** Groups that branch from the root, each with those that branch from its traces. Groups of traces that are not listed hang on the root. */
export function branchNodes({ groups }: BranchTree): BranchNode[] {
	const nodes = groups.map((group, index): BranchNode => ({ key: String(index), group, below: [] }));
	const homes = new Map(nodes.flatMap((node) => node.group.traceIds.map((id, index) => [id, { node, sample: index + 1 }])));
	const top: BranchNode[] = [];
	for (const node of nodes) {
		const home = homes.get(node.group.of);
		if (home === undefined) top.push(node);
		else home.node.below.push({ sample: home.sample, node });
	}
	return top;
}

/** Keys of the groups that lead to a trace. */
export function pathTo(nodes: readonly BranchNode[], traceId: string): string[] {
	for (const { key, group, below } of nodes) {
		if (group.traceIds.includes(traceId)) return [key];
		const deeper = pathTo(
			below.map(({ node }) => node),
			traceId,
		);
		if (deeper.length > 0) return [key, ...deeper];
	}
	return [];
}
