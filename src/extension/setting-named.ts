/** Which setting a message is about; pure. */

/** The settings that failures speak of (a test compares them with package.json); not files such as `a.safethink.prefix`. */
const NAMED =
	/(?<![\w./\\-])safethink\.(?:servers?|scorer|judge|extraScorers|tau|depth|resamples|prefix|samples|concurrency|selfTest|runFolder)\b(?!\.)/;
/** Words of the command line, which knows no settings of the editor. */
const WORDS: readonly [RegExp, string][] = [
	[/\bscorer\b/i, "safethink.scorer"],
	[/\bjudge\b/i, "safethink.judge"],
	[/\bself-test\b/i, "safethink.selfTest"],
];

/** The setting that a message names, or whose word comes first in it. */
export function settingNamed(message: string): string | undefined {
	const [named] = NAMED.exec(message) ?? [];
	if (named !== undefined) return named;
	const found = WORDS.map(([word, setting]) => ({ at: message.search(word), setting })).filter(({ at }) => at >= 0);
	return found.toSorted((a, b) => a.at - b.at)[0]?.setting;
}
