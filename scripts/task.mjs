// `node scripts/task.mjs NAME [ARGUMENT…]`: installs what is missing, builds, then runs a task under the project's own Node.
// Plain JavaScript without dependencies: it is what runs first on a fresh clone, under whatever Node the machine has.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const windows = process.platform === "win32";
const node = `${root}/node_modules/node/bin/node${windows ? ".exe" : ""}`;
const bin = (name) => `${root}/node_modules/.bin/${name}${windows ? ".cmd" : ""}`;
const stamp = `${root}/node_modules/.installed-lock`;

const tasks = {
	build: [],
	demo: [[node, "bin/safethink.mjs", "demo"]],
	// The tests install the package into a real VS Code.
	test: [
		[node, "scripts/package.mjs"],
		[node, "scripts/test.mjs"],
	],
	check: [
		[bin("tsc"), "-p", "."],
		[bin("tsc"), "-p", "webview"],
		[bin("tsc"), "-p", "test/page"],
		[bin("biome"), "check", "--error-on-warnings"],
		[bin("depcruise"), "src", "webview", "--config", ".dependency-cruiser.cjs"],
		[bin("knip")],
	],
	bench: [[node, "bench/main.ts"]],
	"bench:view": [[node, "bench/view/main.ts"]],
	package: [[node, "scripts/package.mjs"]],
	screenshots: [
		[node, "scripts/package.mjs"],
		[node, "scripts/screenshots.ts"],
	],
	schema: [
		[node, "scripts/schema.ts"],
		[node, "scripts/input-schemas.ts"],
	],
};

const [name, ...rest] = process.argv.slice(2);
if (!(name in tasks)) fail(`no such task: ${name}; there are ${Object.keys(tasks).join(", ")}`);
install();
run([node, "scripts/build.mjs"]);
for (const command of tasks[name]) run([...command, ...rest]);

/** Installs when the lock file is not the one that was installed last. */
function install() {
	const lock = readFileSync(`${root}/package-lock.json`, "utf8");
	if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
	console.error("installing dependencies (once, about a minute)…");
	const npm = windows ? "npm.cmd" : "npm";
	const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
	// A registry that serves fewer platforms' packages than the lock file names refuses the one and takes the other.
	if (!runs([npm, "ci", ...quiet])) run([npm, "install", "--no-save", ...quiet]);
	if (!existsSync(node)) fail("the package `node` did not bring its binary: run `npm rebuild node`");
	writeFileSync(stamp, lock);
}

function run(command) {
	const { error, status } = spawned(command);
	if (error) fail(`${command[0]}: ${error.message}`);
	if (status !== 0) process.exit(status ?? 130);
}

function runs(command) {
	return spawned(command).status === 0;
}

function spawned([command, ...args]) {
	const path = `${root}/node_modules/.bin${windows ? ";" : ":"}${process.env.PATH}`;
	return spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path } });
}

function fail(message) {
	console.error(`task: ${message}`);
	process.exit(70);
}
