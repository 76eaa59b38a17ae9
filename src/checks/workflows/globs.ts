/** A path filter of GitHub: `*` within a folder, `**` across, `?` zero or one of the character before it, `+` one or more. */
export function filterOf(pattern: string): RegExp {
	const source = pattern
		.replace(/^\.\//, "")
		.replaceAll(/\*\*\/|\*\*|\*|\[[^\]]+\]|[?+]|[.^${}()|\\]/g, (part, at: number) => {
			if (part === "**/") return "(?:.*/)?";
			if (part === "**") return ".*";
			if (part === "*") return "[^/]*";
			if ((part === "?" || part === "+") && at > 0) return part;
			return part.startsWith("[") ? part : `\\${part}`;
		});
	return new RegExp(`^${source}$`);
}

/** Whether a filter lets a path through; of its patterns the last one that matches counts. */
export function letsThrough(patterns: readonly string[], path: string): boolean {
	let through = false;
	for (const pattern of patterns) {
		const negated = pattern.startsWith("!");
		if (filterOf(negated ? pattern.slice(1) : pattern).test(path)) through = !negated;
	}
	return through;
}
