import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A path that a program makes of the place of its own file. */
export interface OwnPlace {
	file: SourceFile;
	/** Offset of what is written. */
	at: number;
	written: string;
	/** From the root of the tree, as the sources lie. */
	path: string;
	/** The variable that holds it. */
	name: string | undefined;
}

/** `new URL('../db', import.meta.url)`, `Path(__file__).parent / "x.sql"`, `Join-Path $PSScriptRoot 'x.yml'`. */
export const ownPlaces = once((tree: Tree): readonly OwnPlace[] =>
	tree
		.in("javascript", "python", "powershell")
		.filter((file) => standingOf(file.path) === "live" && !isAside(file.path) && !isTest(file.path) && file.has(SIGN))
		.flatMap((file) =>
			file.language === "powershell"
				? inPowershell(file)
				: file.language === "python"
					? inPython(file)
					: inScript(file),
		),
);

const SIGN = /import\.meta\.|__dirname|__file__|\$PSScriptRoot/i;

function placeFor(file: SourceFile, at: number, written: string, up: number): OwnPlace[] {
	const above = Array.from({ length: up }, () => "..");
	const path = posix.join(posix.dirname(file.path), ...above, written.replaceAll("\\", "/")).replace(/\/$/, "");
	if (/[$`*{}<>]|^\.\.(?:\/|$)|^\.?$/.test(path) || isComment(file, at)) return [];
	const start = file.text.lastIndexOf("\n", at) + 1;
	const name = /(?:^|[\s;])(?:const|let|var|export const)?\s*(\$?\w+)\s*(?::\s*\w+\s*)?=(?!=)[^=\n]*$/.exec(
		file.text.slice(start, at),
	)?.[1];
	return [{ file, at, written, path, name }];
}

const URLS = /new URL\(\s*["'`](\.{1,2}\/[\w@./-]+)["'`]\s*,\s*import\.meta\.url\s*\)/dg;
const JOINS = /\b(?:join|resolve)\(\s*(?:__dirname|import\.meta\.dirname)\s*((?:,\s*["'`][\w@./-]+["'`]\s*)+)\)/dg;

const inScript = (file: SourceFile): OwnPlace[] => [
	...file.matches(URLS).flatMap(({ 1: written, indices }) => placeFor(file, indices![1]![0], written!, 0)),
	...file.matches(JOINS).flatMap(({ 1: list, indices }) => placeFor(file, indices![1]![0], partsOf(list!), 0)),
];

const partsOf = (list: string): string => [...list.matchAll(/["'`]([^"'`]+)["'`]/g)].map(([, one]) => one!).join("/");

const PATHS =
	/\bPath\(__file__\)(?:\.(?:resolve|absolute)\(\))?((?:\.parents?(?:\[\d\])?)+)\s*((?:\/\s*["'][\w@./-]+["']\s*)+)/dg;
const DIRNAMES =
	/\bos\.path\.join\(\s*os\.path\.dirname\((?:os\.path\.(?:abspath|realpath)\()?__file__\)+\s*((?:,\s*["'][\w@./-]+["']\s*)+)\)/dg;

const inPython = (file: SourceFile): OwnPlace[] => [
	...file.matches(PATHS).flatMap(({ 1: parents, 2: list, indices }) => {
		const up = [...parents!.matchAll(/\.parents?(?:\[(\d)\])?/g)].reduce(
			(sum, [, index]) => sum + 1 + Number(index ?? 0),
			0,
		);
		return placeFor(file, indices![2]![0], partsOf(list!), up - 1);
	}),
	...file.matches(DIRNAMES).flatMap(({ 1: list, indices }) => placeFor(file, indices![1]![0], partsOf(list!), 0)),
];

const ABOVE =
	/^[ \t]*\$(\w+)[ \t]*=[ \t]*(?:Split-Path[ \t]+(?:-Parent[ \t]+)?(?:-Path[ \t]+)?\$PSScriptRoot(?:[ \t]+-Parent)?)[ \t]*\r?$/gim;
const POWERSHELL =
	/\bJoin-Path[ \t]+(?:-Path[ \t]+)?\$(\w+)[ \t]+(?:-ChildPath[ \t]+)?["']([\w@.\\/-]+)["']|"\$(PSScriptRoot)[\\/]([\w@.\\/-]+)"/dgi;

function inPowershell(file: SourceFile): OwnPlace[] {
	const above = new Set(file.matches(ABOVE).map(([, name]) => name!.toLowerCase()));
	return file.matches(POWERSHELL).flatMap(({ 1: joined, 2: child, 3: own, 4: below, indices }) => {
		const name = (joined ?? own)!.toLowerCase();
		const up = above.has(name) ? 1 : name === "psscriptroot" ? 0 : undefined;
		return up === undefined ? [] : placeFor(file, (indices![2] ?? indices![4])![0], (child ?? below)!, up);
	});
}
