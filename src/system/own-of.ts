/** What a table has under a name from outside, which may be one that every object has: `constructor`. */
export const ownOf = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
	Object.hasOwn(table, name) ? table[name] : undefined;
