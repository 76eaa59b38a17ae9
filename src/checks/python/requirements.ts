import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { normal } from "./distributions.ts";

export interface Requirement {
	/** As it is written. */
	name: string;
	/** By PEP 503. */
	key: string;
	/** `==1.2`, `>=1,<2`; empty when any version will do. */
	specifier: string;
	/** After `;`, such as `python_version < "3.11"`. */
	marker: string;
	line: number;
}

export interface Requirements {
	file: SourceFile;
	all: readonly Requirement[];
	/** Files of `-r` and `-c`, from the root of the tree. */
	includes: readonly { path: string; line: number; constraint: boolean }[];
	/** Lines that pip refuses. */
	faults: readonly { message: string; line: number }[];
}

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const VERSION = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+`;
/** PEP 508, and pip's options after it. */
const LINE = new RegExp(
	String.raw`^(${NAME})\s*(?:\[[^\]]*\])?\s*(?:\(?\s*((?:${VERSION})(?:\s*,\s*${VERSION})*,?)?\s*\)?)\s*(?:;\s*(.*?))?(?:\s+--\S.*)?$`,
);
const DIRECT = new RegExp(`^(${NAME})\\s*(?:\\[[^\\]]*\\])?\\s*@\\s*\\S+`);

/** By its own name, or below a folder of that name. */
export const isRequirementFile = ({ path, language }: SourceFile): boolean =>
	language === "requirements" || /(?:^|\/)requirements\/[^/]+\.(?:txt|in)$/.test(path);

export const requirementFilesOf = (tree: Tree): Requirements[] =>
	tree.files.filter(isRequirementFile).map(requirementsOf);

/** pip's requirements file format; parsed once a file. */
export const requirementsOf = once((file: SourceFile): Requirements => {
	const all: Requirement[] = [];
	const includes: { path: string; line: number; constraint: boolean }[] = [];
	const faults: { message: string; line: number }[] = [];
	const folder = posix.dirname(file.path);
	for (const { text, line } of logicalLines(file)) {
		const include = /^(?:-(r|c)\s*|--(requirement|constraint)[ =]\s*)(\S+)$/.exec(text);
		if (include !== null)
			includes.push({
				path: posix.join(folder, include[3]!),
				line,
				constraint: (include[1] ?? include[2])!.startsWith("c"),
			});
		else if (/^-|^(?:https?|file|git\+\w+):|^\.{0,2}\/|^\.$|\.(?:whl|tar\.gz|zip)(?:$|[#\s;])|^\$\{|\{\{/.test(text))
			continue;
		else {
			const [, name, specifier = "", marker = ""] = LINE.exec(text) ?? DIRECT.exec(text)?.slice(0, 2) ?? [];
			if (name === undefined) faults.push({ message: `\`${text}\` is no requirement`, line });
			else all.push({ name, key: normal(name), specifier: specifier.replaceAll(/\s/g, ""), marker, line });
		}
	}
	return { file, all, includes, faults };
});

/** Continued lines joined, comments gone. */
function logicalLines({ lines }: SourceFile): { text: string; line: number }[] {
	const found: { text: string; line: number }[] = [];
	for (let at = 0; at < lines.length; at += 1) {
		const line = at + 1;
		let text = lines[at]!;
		while (text.endsWith("\\") && at + 1 < lines.length) text = `${text.slice(0, -1)} ${lines[(at += 1)]!}`;
		const bare = text.replace(/(?:^|\s)#.*$/, "").trim();
		if (bare !== "") found.push({ text: bare, line });
	}
	return found;
}
