/** The page as a webview's document. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { pageHtml } from "../contract/page-html.ts";

/** The folder with the page's files, the only one that a webview may load from. */
export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
	return vscode.Uri.joinPath(extensionUri, "dist", "page");
}

/** The command that a page without a reader offers. */
export const RESTART = "safethink.restartViewer";

/** What stands there while nothing reads the run. */
export function withoutReaderHtml(message: string): string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
</head>
<body>
<main role="alert">
<p>This run cannot be shown: ${message}.</p>
<p><a href="command:${RESTART}">Start Again</a> · <a href="command:safethink.showLog">Show Log</a></p>
</main>
</body>
</html>
`;
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
