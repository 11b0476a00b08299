/** Opens an address in the user's browser. */
import { spawn } from "node:child_process";

/** Whether somebody sits before this process who could look at a browser. */
export function hasViewer(): boolean {
	const { CI, BROWSER, DISPLAY, WAYLAND_DISPLAY } = process.env;
	if (!process.stdout.isTTY || (CI !== undefined && CI !== "false")) return false;
	return process.platform !== "linux" || [BROWSER, DISPLAY, WAYLAND_DISPLAY].some((name) => name !== undefined && name !== "");
}

/** Asks the system to open an address. When it cannot, a hint on standard error is all that follows. */
export function openBrowser(address: string): void {
	const [command, ...args] = opener(address);
	const child = spawn(command, args, { stdio: "ignore", detached: true });
	child.once("error", () => console.error("no browser could be opened: open the address above yourself"));
	child.unref();
}

function opener(address: string): [command: string, ...args: string[]] {
	// Editors that run elsewhere set BROWSER to a program that opens addresses where the user sits.
	const { BROWSER } = process.env;
	if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", address];
	if (process.platform === "darwin") return ["open", address];
	return [BROWSER !== undefined && /^\/\S+$/.test(BROWSER) ? BROWSER : "xdg-open", address];
}
