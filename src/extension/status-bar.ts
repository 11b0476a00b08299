/** The status bar's item: the server that runs go to. */
import * as vscode from "vscode";
import { currentServer, onSettings } from "./settings.ts";

export function createStatusBar(): vscode.Disposable {
	const item = vscode.window.createStatusBarItem("safethink.server", vscode.StatusBarAlignment.Right, 90);
	item.name = "SafeThink Server";
	item.command = "safethink.selectServer";
	const draw = () => {
		const server = currentServer();
		item.text = `${server === undefined ? "$(beaker)" : "$(server)"} ${server?.name ?? "embedded toy model"}`;
		item.tooltip = `SafeThink runs go to ${server === undefined ? "the embedded toy model" : `${server.name} (${server.url})`}. Click to change.`;
		item.accessibilityInformation = { label: `SafeThink server: ${server?.name ?? "embedded toy model"}` };
	};
	draw();
	item.show();
	return vscode.Disposable.from(item, onSettings(["server", "servers"], draw));
}
