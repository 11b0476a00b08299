import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder with the organism's weights: the one given, else the nearest `organism/` above this module. */
export function findWeightsDir(given?: string): string {
	if (given !== undefined) return given;
	let folder = dirname(fileURLToPath(import.meta.url));
	for (;;) {
		const candidate = join(folder, "organism");
		if (existsSync(join(candidate, "policy.json"))) return candidate;
		const parent = dirname(folder);
		if (parent === folder) throw new Error("The embedded model's weights (organism/policy.json) were not found.");
		folder = parent;
	}
}
