import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		testTimeout: 60_000,
		hookTimeout: 120_000,
		// A busy machine may take its time; what is not so does not become so.
		expect: { poll: { timeout: 15_000 } },
		pool: "forks",
		maxWorkers: 2,
	},
});
