/** Where earlier endpoints may stand: what is history, state, generated or a copy. */
const RULES: readonly { rule: string; pattern: RegExp }[] = [
	{ rule: "state of cres", pattern: /^\.cres\// },
	{ rule: "changelog", pattern: /(^|\/)CHANGELOG\.md$/i },
	{ rule: "backup", pattern: /\.bak[^/]*$/i },
	{
		rule: "lockfile",
		pattern: /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb|go\.sum|[^/]+\.lock)$/,
	},
];

/** A file in which earlier endpoints may stand, or that was not searched. Its rule says why. */
export interface Exclusion {
	file: string;
	rule: string;
	/** Lines that hold one; null where nobody looked. */
	lines: number | null;
}

/** The rule that excludes a path below the project's directory (with `/`), if one does. */
export const exclusionRule = (path: string): string | undefined =>
	RULES.find(({ pattern }) => pattern.test(path))?.rule;
