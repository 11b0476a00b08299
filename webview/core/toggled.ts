/** The set with an item more, or less where it had it; for what is folded out and in. */
export function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
	const changed = new Set(set);
	if (!changed.delete(item)) changed.add(item);
	return changed;
}
