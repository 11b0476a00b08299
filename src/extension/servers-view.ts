/** The view of servers: the embedded model and those of the settings, each with what the probe found it can do. */
import * as vscode from "vscode";
import type { ServerReport } from "../contract/window.ts";
import type { Keys } from "./keys.ts";
import { errorText } from "./report-error.ts";
import { currentServer, EMBEDDED, onSettings, type ServerSetting, servers } from "./settings.ts";
import { TreeView } from "./tree-view.ts";
import type { Viewer } from "./viewer.ts";

type Finding = ServerReport["findings"][number];

export class ServersView extends TreeView<vscode.TreeItem> {
	readonly #viewer: Viewer;
	readonly #keys: Keys;
	/** Health by address, as the last quick probe found it. */
	readonly #health = new Map<string, Health>();
	/** Tables by item, until the servers are asked again. */
	readonly #tables = new Map<string, Promise<vscode.TreeItem[]>>();

	constructor(viewer: Viewer, keys: Keys) {
		super("safethink.servers");
		this.#viewer = viewer;
		this.#keys = keys;
	}

	override register(): vscode.Disposable[] {
		const redraw = () => super.refresh();
		return [
			...super.register(),
			onSettings(["servers", "server"], redraw),
			this.#keys.onChanged(() => this.refresh()),
			vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
		];
	}

	/** Asks all servers again. */
	override refresh(): void {
		this.#health.clear();
		this.#tables.clear();
		super.refresh();
	}

	async getChildren(item?: vscode.TreeItem): Promise<vscode.TreeItem[]> {
		if (item === undefined) return Promise.all([undefined, ...servers()].map((server) => this.#serverItem(server)));
		return item instanceof ServerItem ? this.#table(item) : [];
	}

	#table(item: ServerItem): Promise<vscode.TreeItem[]> {
		const table = this.#tables.get(item.id) ?? this.#findings(item);
		this.#tables.set(item.id, table);
		return table;
	}

	async #serverItem(server: ServerSetting | undefined): Promise<ServerItem> {
		const current = currentServer()?.name === server?.name;
		if (server === undefined) return new ServerItem(undefined, current, undefined, false);
		const health = this.#health.get(server.url);
		if (health === undefined && vscode.workspace.isTrusted) void this.#ask(server);
		const hasKey = (await this.#keys.forAddress(server.url)) !== undefined;
		return new ServerItem(server, current, health, hasKey);
	}

	async #ask(server: ServerSetting): Promise<void> {
		const asking: Health = { state: "asking" };
		this.#health.set(server.url, asking);
		const found = await this.#viewer.call("probe", { ...asked(server), quick: true }).then(
			({ kind, model }): Health => ({ state: "up", text: `${kind} · ${server.model ?? model}` }),
			(error): Health => ({ state: "down", text: withoutAddress(error), why: errorText(error) }),
		);
		// Whoever asked again meanwhile gets the newer answer.
		if (this.#health.get(server.url) !== asking) return;
		this.#health.set(server.url, found);
		super.refresh();
	}

	/** What a server can do, by a full probe. */
	async #findings({ server }: ServerItem): Promise<vscode.TreeItem[]> {
		if (!vscode.workspace.isTrusted) return [new vscode.TreeItem("Servers are not asked in a workspace that is not trusted.")];
		try {
			const target = server === undefined ? { url: (await this.#viewer.call("embedded", {})).url } : asked(server);
			const report = await this.#viewer.call("probe", { ...target, quick: false });
			return report.findings.map(findingItem);
		} catch (error) {
			return failureItems(error);
		}
	}
}

interface Health {
	state: "asking" | "up" | "down";
	/** In a few words. */
	text?: string;
	/** What is wrong, and what to do. */
	why?: string;
}

export class ServerItem extends vscode.TreeItem {
	/** undefined: the embedded model. */
	readonly server: ServerSetting | undefined;
	override readonly id: string;

	constructor(server: ServerSetting | undefined, current: boolean, health: Health | undefined, hasKey: boolean) {
		super(server?.name ?? "Embedded toy model", vscode.TreeItemCollapsibleState.Collapsed);
		this.server = server;
		this.id = `${server?.name ?? EMBEDDED} ${server?.url ?? ""}`;
		this.contextValue = `server.${server === undefined ? "embedded" : "own"}${hasKey ? ".key" : ""}${current ? ".current" : ""}`;
		const where = server === undefined ? "no server needed" : (health?.text ?? server.url);
		this.description = `${current ? "current · " : ""}${where}`;
		this.iconPath = serverIcon(server, health);
		this.accessibilityInformation = { label: `${this.label}, ${this.description}` };
		this.tooltip =
			server === undefined
				? "A tiny model that ships with the extension. Its numbers say nothing about real models."
				: [server.url, health?.why ?? health?.text, hasKey ? "A key is kept for it." : undefined].filter(Boolean).join("\n");
	}
}

function serverIcon(server: ServerSetting | undefined, health: Health | undefined): vscode.ThemeIcon {
	if (server === undefined) return new vscode.ThemeIcon("beaker");
	if (health?.state === "down") return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
	return new vscode.ThemeIcon(health?.state === "asking" ? "loading~spin" : "server");
}

function failureItems(error: unknown): vscode.TreeItem[] {
	const failed = new vscode.TreeItem(withoutAddress(error));
	failed.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
	failed.tooltip = errorText(error);
	const { remedy } = error as { remedy?: string };
	if (remedy === undefined) return [failed];
	const help = new vscode.TreeItem(remedy);
	help.iconPath = new vscode.ThemeIcon("lightbulb");
	help.tooltip = remedy;
	return [failed, help];
}

/** The view is narrow, and the server's item says where it is. */
function withoutAddress(error: unknown): string {
	return (error as Error).message.replace(/^https?:\/\/\S+ /, "");
}

function findingItem({ name, value, follows, good }: Finding): vscode.TreeItem {
	const item = new vscode.TreeItem(name);
	item.description = follows === undefined ? value : `${value} · ${follows}`;
	item.tooltip = [`${name}: ${value}`, follows].filter(Boolean).join("\n");
	if (good === null) item.iconPath = new vscode.ThemeIcon("question");
	else
		item.iconPath = good
			? new vscode.ThemeIcon("check")
			: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
	return item;
}

function asked({ url, model }: ServerSetting): { url: string; model?: string } {
	return model === undefined ? { url } : { url, model };
}
