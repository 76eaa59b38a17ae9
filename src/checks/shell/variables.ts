/** The names behind a variable of a script: itself, and the variables that it has its value from alone. */
export function namesBehind(text: string, name: string): string[] {
	const names = [name];
	for (let at = 0; at < names.length && names.length < 4; at += 1) {
		const set = [...text.matchAll(new RegExp(`(?<![\\w$])${names[at]!}=(["']?)([^\\n;]*)`, "g"))].filter(
			({ 2: value }) => value !== "",
		);
		const from =
			set.length === 1
				? /^\$\{?([A-Za-z_]\w*)(?::?[-=?][^}]*)?\}?["']?[ \t]*(?:#.*)?$/.exec(set[0]![2]!)?.[1]
				: undefined;
		if (from !== undefined && !names.includes(from)) names.push(from);
	}
	return names;
}
