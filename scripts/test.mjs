// Runs every test and ends with one line `N passed, N failed`. Arguments go to vitest (a file name, `-t NAME`).
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVitest } from "vitest/node";

const folder = mkdtempSync(join(tmpdir(), "safethink-test-"));
const report = join(folder, "report.json");
try {
	const vitest = await startVitest("test", process.argv.slice(2), {
		watch: false,
		reporters: ["default", ["json", { outputFile: report }]],
	});
	await vitest.close();
	const { numPassedTests, numFailedTests, success, testResults } = JSON.parse(readFileSync(report, "utf8"));
	// A file that cannot be loaded has no failed test of its own, but it is a failure.
	const unloaded = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
	const failed = Math.max(numFailedTests + unloaded, success ? 0 : 1);
	process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;
	console.log(`${numPassedTests} passed, ${failed} failed`);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
