/** What the three views of the activity bar share. */
import * as vscode from "vscode";

/** A tree whose elements are its items; reads anew when told, and only while somebody sees it. */
export abstract class TreeView<T extends vscode.TreeItem> implements vscode.TreeDataProvider<T> {
	readonly #changed = new vscode.EventEmitter<undefined>();
	readonly #id: string;
	readonly onDidChangeTreeData = this.#changed.event;
	protected view: vscode.TreeView<T> | undefined;

	constructor(id: string) {
		this.#id = id;
	}

	register(): vscode.Disposable[] {
		this.view = vscode.window.createTreeView(this.#id, { treeDataProvider: this, showCollapseAll: false });
		return [this.view, this.#changed];
	}

	refresh(): void {
		this.#changed.fire(undefined);
	}

	getTreeItem(item: T): T {
		return item;
	}

	abstract getChildren(item?: T): Promise<T[]>;

	/** Above the items; for failures, which must not look like an empty list. */
	protected say(message: string | undefined): void {
		if (this.view !== undefined) (this.view as { message: string | undefined }).message = message;
	}
}
