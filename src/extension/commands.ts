/**
 * All commands: what each does, and nothing else. A new one is a line here and its title in package.json (a test compares the two).
 * Arguments may come from anywhere (menus, CodeLens, other extensions), so handlers take them as unknown and look.
 */
import type { PageCommand } from "../contract/wire.ts";
import type { Inspector } from "./inspector.ts";

export type CommandHandler = (inspector: Inspector, ...args: unknown[]) => unknown;

const pageCommand =
	(command: PageCommand): CommandHandler =>
	({ editors }) =>
		editors.send(command);

/** What the page in front can be told; every one has a key, too. */
const PAGE = {
	"safethink.page.nextStep": pageCommand("nextStep"),
	"safethink.page.previousStep": pageCommand("previousStep"),
	"safethink.page.nextTrace": pageCommand("nextTrace"),
	"safethink.page.previousTrace": pageCommand("previousTrace"),
	"safethink.page.editPrefix": pageCommand("editPrefix"),
	"safethink.page.rerun": pageCommand("rerun"),
	"safethink.page.compare": pageCommand("compare"),
	"safethink.page.toggleBlur": pageCommand("toggleBlur"),
	"safethink.page.filter": pageCommand("filter"),
	"safethink.page.showRun": pageCommand("showRun"),
	"safethink.page.showKeys": pageCommand("showKeys"),
	"safethink.page.cancel": pageCommand("cancel"),
} satisfies Record<`safethink.page.${PageCommand}`, CommandHandler>;

const runPrompts = () => import("./run-prompts.ts");
const serverCommands = () => import("./server-commands.ts");
const runCommands = () => import("./run-commands.ts");
const prefixCommands = () => import("./prefix-commands.ts");

export const COMMANDS = {
	...PAGE,

	"safethink.runPrompts": async (inspector, set, ids, mode) => (await runPrompts()).runGiven(inspector, set, ids, mode),
	"safethink.runHere": async (inspector) => (await runPrompts()).runSelected(inspector, "safethink"),
	"safethink.runHereWithout": async (inspector) => (await runPrompts()).runSelected(inspector, "none"),
	"safethink.compareHere": async (inspector) => (await runPrompts()).runSelected(inspector, "compare"),
	"safethink.runSet": async (inspector, set) => (await runPrompts()).runWholeSet(inspector, set),
	"safethink.askImage": async (inspector, image) => (await import("./ask-image.ts")).askAboutImage(inspector, image),
	"safethink.trySample": async (inspector) => (await import("./try-sample.ts")).trySample(inspector),

	"safethink.openRun": async (inspector, run) => (await runCommands()).openRun(inspector, run),
	"safethink.stopRun": async (inspector, run) => (await runCommands()).stopRun(inspector, run),
	"safethink.continueRun": async (inspector, run) => (await import("./continue-run.ts")).continueRun(inspector, run),
	"safethink.revealRun": async (inspector, run) => (await runCommands()).revealRun(inspector, run),
	"safethink.copyRunPath": async (inspector, run) => (await runCommands()).copyRunPath(inspector, run),
	"safethink.openRunAsText": async (inspector, run) => (await runCommands()).openRunAsText(inspector, run),
	"safethink.deleteRun": async (inspector, run) => (await import("./delete-run.ts")).deleteRun(inspector, run),
	"safethink.refreshRuns": ({ views }) => views.runs.refresh(),

	"safethink.selectServer": async (inspector) => (await serverCommands()).selectServer(inspector),
	"safethink.useServer": async (inspector, server) => (await serverCommands()).useServerItem(inspector, server),
	"safethink.addServer": async (inspector) => (await serverCommands()).addServer(inspector),
	"safethink.removeServer": async (inspector, server) => (await serverCommands()).removeServer(inspector, server),
	"safethink.setKey": async (inspector, server) => (await serverCommands()).setKey(inspector, server),
	"safethink.clearKey": async (inspector, server) => (await serverCommands()).clearKey(inspector, server),
	"safethink.startEmbedded": async (inspector) => (await serverCommands()).startEmbedded(inspector),
	"safethink.refreshServers": ({ views }) => views.servers.refresh(),

	"safethink.addPrefix": async (inspector) => (await prefixCommands()).addPrefix(inspector),
	"safethink.removePrefix": async (inspector, prefix) => (await prefixCommands()).removePrefix(inspector, prefix),
	"safethink.copyPrefix": async (inspector, prefix) => (await prefixCommands()).copyPrefix(inspector, prefix),
	"safethink.usePrefix": async (inspector, prefix) => (await prefixCommands()).usePrefix(inspector, prefix),
	"safethink.refreshPrefixes": ({ views }) => views.prefixes.refresh(),

	"safethink.restartViewer": ({ viewer }) => viewer.restart(),
	"safethink.showLog": ({ log }) => log.show(),
} satisfies Record<`safethink.${string}`, CommandHandler>;
