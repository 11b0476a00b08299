import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { hasViewer, openBrowser } from "../../src/cli/open-browser.ts";
import { withFolder } from "../e2e/cli.ts";

afterEach(() => vi.unstubAllEnvs());

test.runIf(process.platform === "linux")(
	"the program that BROWSER names is given the address, as one argument and nothing else",
	() =>
		withFolder(async (folder) => {
			const program = join(folder, "browser");
			const heard = join(folder, "heard");
			writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > ${heard}.new\nmv ${heard}.new ${heard}\n`);
			chmodSync(program, 0o755);
			vi.stubEnv("BROWSER", program);
			const address = "http://127.0.0.1:1/?ticket=a&b=$(touch x)";
			openBrowser(address);
			await vi.waitUntil(() => existsSync(heard), { timeout: 20_000 });
			expect(readFileSync(heard, "utf8")).toBe(`1\n${address}\n`);
		}),
);

test("where nobody sits before a screen, nothing is opened", () => {
	const { stdout } = process;
	const terminal = stdout.isTTY;
	try {
		stdout.isTTY = false;
		expect(hasViewer()).toBe(false);
		stdout.isTTY = true;
		vi.stubEnv("CI", "true");
		expect(hasViewer()).toBe(false);
		vi.stubEnv("CI", undefined);
		vi.stubEnv("BROWSER", "/bin/true");
		expect(hasViewer()).toBe(true);
	} finally {
		stdout.isTTY = terminal;
	}
});
