import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { partsFrom, tongueOf, type Part } from "./arguments.ts";
import { signaturesIn, type Signature } from "./signatures.ts";
import { once } from "../tree/once.ts";

/** A call of a name that some function of the tree has. */
export interface KnownCall {
	file: SourceFile;
	/** What it is called on, without the last dot; empty: nothing. */
	on: string;
	name: string;
	given: readonly Part[];
	/** The offset of the whole callee. */
	at: number;
	isNew: boolean;
	/** The functions of that name, in the same language. */
	candidates: readonly Signature[];
}

/** From its bracket backwards: there are far fewer brackets than names. */
const CALLED = /\((?<=([A-Za-z_$][\w$]*)\()/g;
const ON = /(?<![\w$.)\]"'`])(?:(?:[A-Za-z_$][\w$]*)(?:\(\))?[?!]?\.)*$/;
/** What no name begins behind. */
const WITHIN = /[\w$)\]"'`]$/;
/** `Store(settings).`: made for one call. */
const MADE = /(?<![\w$.)\]"'`])[A-Z]\w*\([^()\n]*\)\.$/;
const HEAD = /(?:\b(?:def|function|class|get|set)\s+|@)$/;

/** Every such call, looked for once. Texts and comments may be among them. */
export const knownCalls = once((tree: Tree): readonly KnownCall[] => {
	const files = tree
		.in("python", "javascript")
		.filter(({ path }) => !isAside(path) && !/\.min\.js$|\.d\.[cm]?ts$|(?:^|\/)(?:dist|build|lib\/esm)\//.test(path));
	const all = Map.groupBy(
		files.flatMap(signaturesIn),
		({ name, owner, file }) => `${file.language} ${name === "constructor" ? owner : name}`,
	);
	const found: KnownCall[] = [];
	for (const file of files)
		for (const { 1: name, index: bracket } of file.matches(CALLED)) {
			const candidates = all.get(`${file.language} ${name!}`);
			if (candidates !== undefined) found.push(...callAt(file, name!, bracket, candidates));
		}
	return found;
});

/** The names and dots before a call that lead to it; undefined where what stands there is no such chain. */
function chainBefore(before: string, { language }: SourceFile): string | undefined {
	if (!before.endsWith(".")) return WITHIN.test(before) ? undefined : "";
	return (ON.exec(before) ?? (language === "python" ? MADE.exec(before) : null))?.[0];
}

function callAt(file: SourceFile, name: string, bracket: number, candidates: readonly Signature[]): KnownCall[] {
	const index = bracket - name.length;
	const before = file.text.slice(Math.max(0, index - 80), index);
	// `#name` is private to its class, and no function of that name.
	if (before.endsWith("#")) return [];
	const chain = chainBefore(before, file);
	const rest = chain === undefined ? "" : before.slice(0, before.length - chain.length);
	if (chain === undefined || HEAD.test(rest)) return [];
	const list = partsFrom(file.text, bracket + 1, tongueOf(file));
	if (list === undefined || isHead(file, index, list.end, rest)) return [];
	const isNew = /\bnew\s+$/.test(rest);
	return [
		{ file, on: chain.replace(/[?!]?\.$/, ""), name, given: list.parts, at: index - chain.length, isNew, candidates },
	];
}

/** A method's head, in a class, a literal or an interface. */
function isHead(file: SourceFile, at: number, end: number, before: string): boolean {
	if (file.language === "python") return false;
	const after = file.text.slice(end + 1, end + 200);
	if (/^\s*\{/.test(after) && !/\bnew\s+$/.test(before)) return true;
	return (
		/^\s*\??:/.test(after) &&
		/(?:^|\n)\s*(?:(?:async|static|readonly|public|private|protected|abstract|override)\s+)*$/.test(
			file.text.slice(Math.max(0, at - 60), at),
		)
	);
}
