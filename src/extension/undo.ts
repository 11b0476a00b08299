/** What was taken away can be brought back for as long as its message stands. */
import * as vscode from "vscode";

/** Says what was done. @returns whether it is to be undone */
export async function undoWanted(done: string): Promise<boolean> {
	const undo = "Undo";
	return (await vscode.window.showInformationMessage(`SafeThink: ${done}`, undo)) === undo;
}
