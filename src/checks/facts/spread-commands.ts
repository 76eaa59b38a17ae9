import { posix } from "node:path";
import { bindingsOf } from "../javascript/bindings.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Commands } from "./own-commands.ts";

const ADDED = /\.addCommand\(\s*(?:new\s+Command\(\s*["'`]([a-z][\w-]*)["'`]\)|([A-Za-z_$][\w$]*)(?:\(\))?)\s*\)/g;
const MADE = /\bnew\s+Command\(\s*["'`]([a-z][\w-]*)["'`]\s*\)/g;
const INLINE = /\.command\(\s*(?:["'`]([a-z][\w-]*)[^"'`]*["'`])?/g;
const MORE = /\.alias(?:es)?\(|\bfor\s*\(|\.forEach\(/;

/** `.addCommand(statusCommand())` of commander, each made by a module of the tree; undefined where one is not known. */
export function addedCommands(tree: Tree, file: SourceFile): Commands | undefined {
	const calls = file.matches(/\.addCommand\(/g);
	const added = file.matches(ADDED);
	if (calls.length === 0 || added.length !== calls.length || !file.includes("commander") || file.has(MORE))
		return undefined;
	const bindings = bindingsOf(tree, file);
	const names = [
		...file.matches(INLINE).map(([, name]) => name),
		...added.map(([, literal, name]) => literal ?? madeIn(bindings.get(name!)?.file)),
	].filter((name) => name !== undefined);
	const whole = names.length === added.length + file.matches(INLINE).length;
	return whole ? { names: [...names, "help"], at: added[0]!.index } : undefined;
}

/** The only command that a module makes. */
function madeIn(file: SourceFile | undefined): string | undefined {
	const made = file?.matches(MADE) ?? [];
	return made.length === 1 && !file!.has(/\.alias(?:es)?\(|\.addCommand\(/) ? made[0]![1] : undefined;
}

/** Whether a module makes one command with commands of its own, for another one to add. */
export const isTopic = (file: SourceFile): boolean =>
	file.matches(MADE).length === 1 && file.has(/^export\b/m) && !file.has(/\.parse(?:Async)?\(/);

/** The commands that a program adds from other modules and that have commands of their own, all written out there. */
export function topicsOf(tree: Tree, file: SourceFile): { file: SourceFile; name: string; commands: Commands }[] {
	const bindings = bindingsOf(tree, file);
	return file.matches(ADDED).flatMap(([, , added]) => {
		const by = added === undefined ? undefined : bindings.get(added)?.file;
		const name = madeIn(by);
		const inside = by?.matches(INLINE) ?? [];
		if (by === undefined || name === undefined || inside.length === 0) return [];
		return inside.some(([, one]) => one === undefined)
			? []
			: [{ file: by, name, commands: { names: [...inside.map(([, one]) => one!), "help"], at: inside[0]!.index } }];
	});
}

/** What the plugins of oclif that everybody uses add. */
const OF_PLUGINS: Readonly<Record<string, string>> = {
	"@oclif/plugin-help": "help",
	"@oclif/plugin-version": "version",
	"@oclif/plugin-autocomplete": "autocomplete",
	"@oclif/plugin-plugins": "plugins",
	"@oclif/plugin-update": "update",
	"@oclif/plugin-commands": "commands",
	"@oclif/plugin-which": "which",
	"@oclif/plugin-not-found": "",
	"@oclif/plugin-warn-if-update-available": "",
};

/** A program of oclif, or one of its topics. */
interface Topic {
	/** As it is typed: `cres`, `cres endpoint`. */
	typed: string;
	commands: Commands;
}

/** The commands of a program of oclif: the files of `src/commands` beside the package.json that describes it. */
export function filedCommands(tree: Tree, manifest: SourceFile): Topic[] {
	if (!manifest.includes('"oclif"')) return [];
	const at = manifest.text.search(/"oclif"\s*:\s*\{/);
	const settings = at === -1 ? "" : manifest.text.slice(at);
	const bin = /"bin"\s*:\s*"([a-z][\w-]*)"/.exec(settings)?.[1];
	const plugins = [...(/"plugins"\s*:\s*\[([^\]]*)\]/.exec(settings)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(
		([, name]) => name!,
	);
	const folder = posix.join(posix.dirname(manifest.path), "src/commands/").replace(/^\.\//, "");
	const files = tree.files.filter(
		({ path }) => path.startsWith(folder) && /(?<!\.(?:d|test|spec))\.[cm]?[jt]s$/.test(path),
	);
	if (
		bin === undefined ||
		files.length === 0 ||
		!plugins.every((one) => Object.hasOwn(OF_PLUGINS, one)) ||
		/"strategy"\s*:\s*"(?:explicit|single)"|"topicSeparator"\s*:\s*":"/.test(settings) ||
		!/"topicSeparator"\s*:\s*" "/.test(settings) ||
		files.some((file) => file.has(/\bstatic\b[^=\n]*\b(?:hiddenA|a)liases\b/))
	)
		return [];
	const paths = files.map(({ path }) =>
		path
			.slice(folder.length)
			.replace(/\.[cm]?[jt]s$/, "")
			.split("/"),
	);
	const own = Object.values(OF_PLUGINS).filter((one) => one !== "");
	return topicsIn(bin, paths, at).map((topic, index) =>
		index === 0 ? { ...topic, commands: { ...topic.commands, names: [...topic.commands.names, ...own] } } : topic,
	);
}

function topicsIn(typed: string, paths: readonly (readonly string[])[], at: number): Topic[] {
	const names = [...new Set(paths.map(([first]) => first!))];
	const below = names.flatMap((name) => {
		const inside = paths
			.filter(([first, second]) => first === name && second !== undefined)
			.map((path) => path.slice(1));
		const isCommand = paths.some(
			(path) => path[0] === name && (path.length === 1 || (path.length === 2 && path[1] === "index")),
		);
		return inside.length === 0 || isCommand ? [] : topicsIn(`${typed} ${name}`, inside, at);
	});
	return [{ typed, commands: { names, at } }, ...below];
}
