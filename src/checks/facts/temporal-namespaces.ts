import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

interface Named {
	name: string;
	at: number;
}

/** A namespace of Temporal that a client is given beside a server that does not have it. */
export interface LostNamespace {
	file: SourceFile;
	use: Named;
	/** What the servers of the file have, and where that stands. */
	made: readonly [Named, ...Named[]];
}

/** A development server, with the lines that belong to its command: https://docs.temporal.io/cli/server. */
const SERVER = /\bstart-dev\b(?:\\\r?\n|`\r?\n|[,(][ \t]*\r?\n|\n[ \t]*-[ \t]|[^\n;|&])*/g;
const CREATED =
	/\bnamespace["', \t]+(?:create|register)\b(?:\\\r?\n|`\r?\n|[^\n;|&])*|--ns[ \t]+\S+[ \t]+namespace[ \t]+register/g;
const GIVEN = /(?<![\w-])(?:--namespace|-n|--ns)(?:["']?[=,\s]+(?:-[ \t]+)?)["']?([^\s"',\\]+)/g;
const BY_IMAGE = /\bDEFAULT_NAMESPACE["']?[ \t]*[:=][ \t]*["']?([^\s"']+)/g;
const USED =
	/\b\w*TEMPORAL_NAMESPACE["']?[ \t]*[:=][ \t]*["']?(?:\$\{\w+:?-([\w.-]+)\}|([\w.-]+))(?![\w$({])|\btemporal[ \t]+(?!server\b|operator[ \t]+namespace\b)\w[^\n;|&]*?--namespace[= ]["']?([\w.-]+)(?![\w$({])/g;
/** A program that makes the namespace which it is given. */
const BY_CODE = /RegisterNamespace|register_namespace|registerNamespace/;

/** In files that start a server of Temporal and name the namespace of its clients; nothing where a name is computed. */
export function lostNamespaces(tree: Tree): LostNamespace[] {
	const live = tree.files.filter(
		({ path, language, text }) =>
			language !== "markdown" &&
			standingOf(path) === "live" &&
			!isAside(path) &&
			!isTest(path) &&
			text.length < 400_000 &&
			/TEMPORAL_NAMESPACE|start-dev|namespace/.test(text),
	);
	const found = live.flatMap(lostIn);
	if (found.length === 0 || live.some(({ text }) => BY_CODE.test(text))) return [];
	const elsewhere = live.flatMap((file) => namesIn(file, CREATED));
	return found.filter(({ use }) => elsewhere.every(({ name }) => name !== use.name && !/[$%{]/.test(name)));
}

function lostIn(file: SourceFile): LostNamespace[] {
	if (!file.has(/\bstart-dev\b|temporalio\/auto-setup/)) return [];
	const servers = file.matches(SERVER).filter(({ index }) => !isComment(file, index));
	const own = servers.flatMap(({ 0: command, index }) => givenIn(command, index));
	const byImage = file.matches(BY_IMAGE).map(({ 1: name, index }) => ({ name: name!, at: index }));
	const made = [...own, ...byImage, ...namesIn(file, CREATED)];
	const [first, ...rest] = made;
	if (first === undefined || made.some(({ name }) => /[$%{]/.test(name))) return [];
	const has = new Set(["default", ...made.map(({ name }) => name)]);
	return file.matches(USED).flatMap(({ 0: all, 1: fallback, 2: value, 3: typed, index }): LostNamespace[] => {
		const name = (fallback ?? value ?? typed)!;
		return has.has(name) || isComment(file, index)
			? []
			: [{ file, use: { name, at: index + all.lastIndexOf(name) }, made: [first, ...rest] }];
	});
}

const givenIn = (command: string, from: number): Named[] =>
	[...command.matchAll(GIVEN)].map(({ 0: all, 1: name, index }) => ({
		name: name!,
		at: from + index + all.lastIndexOf(name!),
	}));

/** The namespaces of commands that make one: by an option, or as the last word. */
const namesIn = (file: SourceFile, pattern: RegExp): Named[] =>
	file.matches(pattern).flatMap(({ 0: command, index }): Named[] => {
		const given = givenIn(command, index);
		const last = /([^\s"']+)["']?[ \t]*$/.exec(command);
		return given.length > 0 ? given : last === null ? [] : [{ name: last[1]!, at: index + last.index }];
	});
