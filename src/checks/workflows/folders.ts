import { posix } from "node:path";
import type { Command } from "../shell/lexer.ts";
import { folderOf } from "./builds.ts";
import { argumentsOf, type StepScript } from "./script.ts";

/** Command → the folder that it runs in, from the root of the work space; undefined where nobody can tell. */
export function foldersOf(script: StepScript): Map<Command, string | undefined> {
	const folders = new Map<Command, string | undefined>();
	let folder: string | undefined = /[$`]/.test(folderOf(script.step)) ? undefined : folderOf(script.step);
	const left: { depth: number; folder: string | undefined }[] = [];
	for (const command of script.commands) {
		while (left.length > 0 && command.depth < left.at(-1)!.depth) folder = left.pop()!.folder;
		folders.set(command, folder);
		const [name, to] = argumentsOf(command);
		if (name?.text === "popd") folder = undefined;
		if (name?.text !== "cd" && name?.text !== "pushd") continue;
		if (command.depth > 0) {
			const inSubshell = /\(\s*$/.test(script.text.slice(0, name.start));
			left.push({ depth: command.depth, folder: inSubshell ? folder : undefined });
		}
		folder =
			to === undefined || to.dynamic || folder === undefined || /^[/~-]/.test(to.text)
				? undefined
				: posix.join(folder, to.text);
	}
	return folders;
}
