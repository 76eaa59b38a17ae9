/** Cres's own files and Git's: never part of an image, whatever else is said. */
const NEVER = /(?:^|\/)\.git(?:\/|$)|^\.(?:cres|env)(?:\/|$)/;

interface Rule {
	pattern: RegExp;
	/** `!`: what it matches is taken after all. */
	taken: boolean;
}

/**
 * What a .dockerignore keeps out of the context, by paths with `/` below its root. The last rule that matches a path or a
 * directory above it counts (https://docs.docker.com/build/concepts/context/#dockerignore-files).
 */
export function ignoring(text: string): (path: string) => boolean {
	const rules = text
		.replace(/^\uFEFF/, "")
		.split(/\r?\n/)
		.flatMap(ruleOf);
	return (path) => {
		if (NEVER.test(path)) return true;
		const places = placesOf(path);
		const last = rules.findLast(({ pattern }) => places.some((place) => pattern.test(place)));
		return last !== undefined && !last.taken;
	};
}

/** The path and every directory above it. */
const placesOf = (path: string): string[] => {
	const parts = path.split("/");
	return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
};

function ruleOf(line: string): Rule[] {
	const text = line.startsWith("#") ? "" : line.trim();
	const taken = text.startsWith("!");
	const path = cleaned(taken ? text.slice(1).trim() : text);
	return path === "" ? [] : [{ pattern: patternOf(path), taken }];
}

/** As Go's filepath.Clean, without the leading slash. */
function cleaned(path: string): string {
	const parts: string[] = [];
	for (const part of path.split("/"))
		if (part === "..") parts.pop();
		else if (part !== "" && part !== ".") parts.push(part);
	return parts.join("/");
}

/** `**` is any number of directories, `*` and `?` stay within one; classes and escapes as in Go's filepath.Match. */
export function patternOf(path: string): RegExp {
	const tokens = path.match(/\*\*\/|\/\*\*$|\*+|\?|\[\^?[^\]]*\]|\\.|[^]/g) ?? [];
	const source = tokens.map((token) => {
		if (token === "**/") return "(?:[^/]+/)*";
		if (token === "/**") return "/.*";
		if (token === "*") return "[^/]*";
		if (token.startsWith("*")) return ".*";
		if (token === "?") return "[^/]";
		if (token.length > 2 && token.startsWith("[")) return token.replaceAll(/(?<=.)\[/g, "\\[").replace(/\\$/, "\\\\");
		return (token.length === 2 ? token[1]! : token).replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
	});
	return safely(`^${source.join("")}$`) ?? /(?!)/;
}

/** Undefined where it is none, such as with a class from z to a: Docker refuses that by itself. */
function safely(source: string): RegExp | undefined {
	try {
		return new RegExp(source, "s");
	} catch {
		return undefined;
	}
}
