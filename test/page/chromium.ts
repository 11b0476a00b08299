/** The Chromium that tests drive: the one that SAFETHINK_CHROMIUM names, else the one that comes as a package, unpacked once. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { ROOT } from "../e2e/cli.ts";

const run = promisify(execFile);

const ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** Starts Chromium without a window; close it when done. */
export async function launchChromium(): Promise<Browser> {
	const { path, env } = await findChromium();
	return chromium.launch({ executablePath: path, args: ARGUMENTS, env: { ...definedEnvironment(), ...env }, timeout: 60_000 });
}

interface Found {
	path: string;
	/** What it needs in its environment. */
	env: Record<string, string>;
}

/** Where it is, unpacked if need be. Several processes may ask at once. */
async function findChromium(): Promise<Found> {
	const named = process.env["SAFETHINK_CHROMIUM"];
	if (named !== undefined && named !== "") return { path: named, env: {} };
	const folder = join(ROOT, ".cache", `chromium-${packageVersion()}`);
	if (!existsSync(folder)) await unpack(folder);
	const path = join(folder, "chromium");
	return {
		path,
		env: {
			...((await lacksLibraries(path)) ? { LD_LIBRARY_PATH: join(folder, "al2023", "lib") } : {}),
			...(existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") }),
		},
	};
}

function packageVersion(): string {
	const require = createRequire(import.meta.url);
	return require(join(packageFolder(), "package.json")).version;
}

function packageFolder(): string {
	return join(ROOT, "node_modules", "@sparticuz", "chromium");
}

const ARCHIVES = ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"];

/** Unpacks into a folder of its own, which takes the name when it is whole. */
async function unpack(folder: string): Promise<void> {
	await mkdir(dirname(folder), { recursive: true });
	const own = await mkdtemp(`${folder}.`);
	const archives = ARCHIVES.map((name) => join(packageFolder(), "bin", name));
	// The package unpacks into the folder for temporary files.
	const script = `import { inflate } from "@sparticuz/chromium"; await Promise.all(process.argv.slice(1).map((path) => inflate(path)));`;
	await run(process.execPath, ["--input-type=module", "-e", script, ...archives], {
		cwd: ROOT,
		env: { ...process.env, TMPDIR: own },
	});
	await rename(own, folder).catch(async (error: unknown) => {
		await rm(own, { recursive: true, force: true });
		if (!existsSync(folder)) throw error;
	});
}

async function lacksLibraries(path: string): Promise<boolean> {
	const { stdout } = await run("ldd", [path]);
	return stdout.includes("not found");
}

function definedEnvironment(): Record<string, string> {
	return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
