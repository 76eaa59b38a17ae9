import { posix } from "node:path";
import { valueOf, type Ini } from "../data/ini.ts";
import { mainPrograms } from "../launch/main-programs.ts";
import { parseShell } from "../shell/lexer.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";

/** A container whose only process is a supervisor that goes into the background ends at once. */
export function detached(tree: Tree, { file, sections }: Ini): Found[] {
	const own = sections.find(({ name }) => name === "supervisord");
	if (own !== undefined && /^(?:true|on|yes|1)$/i.test(valueOf(own, "nodaemon")?.value ?? "")) return [];
	return mainPrograms(tree).flatMap(({ words: all, place, by }): Found[] => {
		const words = SHELL.test(all[0] ?? "") ? innerOf(all) : all;
		const at = words.findIndex((word) => posix.basename(word) === "supervisord");
		if (
			at === -1 ||
			at > 2 ||
			words.some((word) => /^(?:-\w*n\w*|--nodaemon)$/.test(word) || word.includes("nodaemon"))
		)
			return [];
		const names = words.slice(at + 1).filter((word) => mayName(word, file.path));
		// Of a name that is put together, only a file that says so is surely meant.
		if (names.length === 0 || (names.every((word) => word.includes("$")) && own === undefined)) return [];
		const line = (own && (valueOf(own, "nodaemon")?.line ?? own.line)) ?? 1;
		return [
			{
				message: `${place.path} starts supervisord in the background, with ${file.path}: the container ends at once`,
				evidence: [file.place(line), place, ...(by === undefined ? [] : [by])],
				fix: { say: "write nodaemon=true below [supervisord], or start supervisord -n" },
			},
		];
	});
}

const SHELL = /(?:^|\/)(?:ba|da|z)?sh$/;

const innerOf = (words: readonly string[]): string[] =>
	parseShell(words.at(-1) ?? "")
		.commands.at(-1)
		?.words.map(({ text }) => text)
		.filter((word) => word !== "exec") ?? [];

/** `/etc/supervisor/${role}.conf` may be any of them; `$conf` too, where it stands behind the option for it. */
function mayName(word: string, path: string): boolean {
	const name = posix.basename(word.replace(/^--configuration=|^-c(?=.)/, ""));
	if (!name.includes("$")) return name === posix.basename(path);
	const parts = name.split(/\$\{\w+\}|\$\w+/).map((part) => RegExp.escape(part));
	return new RegExp(`^${parts.join(".*")}$`).test(posix.basename(path));
}
