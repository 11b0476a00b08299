/** A request as a command for a POSIX shell. */

/** Stands on a line of its own behind the body. The body is one line that begins with `{`, so it never stands in it. */
const END_OF_BODY = "SAFETHINK_BODY";

/**
 * `curl` with the body from a quoted heredoc, in which a shell interprets nothing. The key is read from `$SAFETHINK_KEY` when
 * the command runs.
 * @param body JSON without line breaks.
 * @param notes each a line before the command.
 */
export function curlCommand(url: string, body: string, notes: readonly string[] = []): string {
	return [
		...notes.map((note) => `# ${note.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")}`),
		`curl -sS --url ${quoted(url)} \\`,
		"  -H 'Content-Type: application/json' \\",
		'  -H "Authorization: Bearer $SAFETHINK_KEY" \\',
		`  --data-binary @- <<'${END_OF_BODY}'`,
		body,
		END_OF_BODY,
		"",
	].join("\n");
}

/** In single quotes, which a shell takes as they are; control characters have no place in an address. */
function quoted(text: string): string {
	return `'${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, encodeURIComponent).replaceAll("'", String.raw`'\''`)}'`;
}
