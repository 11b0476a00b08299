// Writes the extension as one `NAME-VERSION.vsix` in the root and checks what is in it. dist/ must be built (task.mjs does so).
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const MOST_BYTES = 6 * 1024 * 1024;
const UNWANTED = /\.map$|(^|\/)(node_modules|test|src|webview)\//;

const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
const vsix = `${name}-${version}.vsix`;
for (const file of readdirSync(root).filter((file) => file.endsWith(".vsix"))) rmSync(`${root}/${file}`);

// The bundles hold what they need, so that no dependency goes in as such.
const said = vsce(
	"package",
	"--no-dependencies",
	"--allow-missing-repository",
	"--skip-license",
	"--no-rewrite-relative-links",
	"--out",
	vsix,
);
const warnings = said.split("\n").filter((line) => /warning/i.test(line));
if (warnings.length > 0) fail(`vsce warns:\n${warnings.join("\n")}`);

const files = vsce("ls", "--no-dependencies").trim().split("\n");
const unwanted = files.filter((file) => UNWANTED.test(file));
if (unwanted.length > 0) fail(`these do not belong into the package: ${unwanted.join(", ")}`);
const { size } = statSync(`${root}/${vsix}`);
if (size > MOST_BYTES) fail(`${vsix} has ${size} bytes; at most ${MOST_BYTES} are allowed`);
console.log(`${vsix}: ${files.length} files, ${(size / 1024 / 1024).toFixed(2)} MB`);

function vsce(...args) {
	const bin = `${root}/node_modules/@vscode/vsce/vsce`;
	// `vscode:prepublish` and its like are not used: what is in dist/ is what the tests saw.
	const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: root, encoding: "utf8" });
	if (status !== 0) fail(`vsce ${args[0]} failed:\n${stdout}${stderr}`);
	return `${stdout}${stderr}`;
}

function fail(message) {
	console.error(`package: ${message}`);
	process.exit(1);
}
