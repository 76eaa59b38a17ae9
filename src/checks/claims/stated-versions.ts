import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A version of a tool that a document names among what is needed. */
interface StatedVersion {
	tool: "node" | "python";
	/** `3.12` of Python, `22` of Node. */
	version: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const STATED =
	/\b(Python|Node(?:\.js|JS)?)[ \t]+v?(\d+(?:\.\d+)?)(?:\.(?:\d+|x))?(?![\w+]|\.\d|[ \t]*(?:\+|[-–]|to\b|or\b|and[ \t]+(?:\d|newer|later|up|above|higher)|,[ \t]*\d))/g;
const SECTION = /require|prerequisite|depend|set-?up|install|develop|environment|getting started|quick ?start/i;
const NEEDED = /\b(?:needs?|requires?|required|uses?|runs? on|install|prerequisite)/i;
const PAST =
	/\b(?:not|drop|dropp\w+|former|until|before|since|older|was|were|unsupported|except|test(?:ed)? (?:with|on)|support)/i;

/** In a README, or in a document about setting up, without `+` or `or newer`, one version of a tool alone. */
export function statedIn(file: SourceFile): StatedVersion[] {
	const { path, text, lines } = file;
	const read = /(?:^|\/)(?:README|CONTRIBUTING|INSTALL|SETUP|DEVELOPMENT|getting-started)[^/]*\.(?:md|markdown)$/i.test(
		path,
	);
	if (!read || standingOf(path) !== "docs" || text.length > 200_000 || !file.has(/\bPython|\bNode/)) return [];
	let section = "";
	let code = false;
	const found = lines.flatMap((line, index): StatedVersion[] => {
		if (/^\s*(?:```|~~~)/.test(line)) code = !code;
		section = (code ? null : /^#{1,6}\s+(.+)$/.exec(line)?.[1]) ?? section;
		if (code || PAST.test(line) || line.startsWith("#")) return [];
		return [...line.matchAll(STATED)].flatMap(({ 1: name, 2: version, index: at }): StatedVersion[] => {
			const tool = name === "Python" ? "python" : "node";
			const begins =
				/^\s*(?:[*+-]|\d+\.)\s*\**`?$/.test(line.slice(0, at)) ||
				/^\s*$/.test(line.slice(0, at)) ||
				/[,:]\s*$/.test(line.slice(0, at));
			if (!(NEEDED.test(line) || (SECTION.test(section) && begins)) || (tool === "python" && !version!.includes(".")))
				return [];
			return [{ tool, version: tool === "node" ? version!.split(".")[0]! : version!, file, line: index + 1 }];
		});
	});
	// Of several the others are of other times or parts.
	return found.filter((one) => found.every((other) => other.tool !== one.tool || other.version === one.version));
}
