/** The page as a webview's document. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { pageHtml } from "../contract/page-html.ts";

/** The folder with the page's files, the only one that a webview may load from. */
export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
	return vscode.Uri.joinPath(extensionUri, "dist", "page");
}

/** The document, each time with a fresh nonce. */
export function webviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, title: string): string {
	const address = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extensionUri), file)).toString();
	return pageHtml({
		title,
		nonce: randomBytes(24).toString("base64"),
		assets: webview.cspSource,
		connect: "'none'",
		script: address("page.js"),
		style: address("page.css"),
	});
}
