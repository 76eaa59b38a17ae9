import { supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Readers of these take a section as often as it comes. */
const REPEATED =
	/\.(?:service|timer|socket|network|netdev|desktop|gitconfig|gitmodules|editorconfig)$|(?:^|\/)(?:php|my|mysqld?|odbc\w*|smb|wg\d*)[\w.-]*\.(?:ini|cnf|conf|cfg)$/i;

export default {
	code: "TS115",
	scope: "static",
	severity: "warning",
	question: "Is every section of an INI file there once, with each key once?",
	why: "Python's reader refuses a file with a section twice; others take the last one and say nothing.",
	example: "`[worker]` twice in settings.ini: join the two, or give the second one its own name.",
	run(tree) {
		const others = new Set(supervisorFilesOf(tree).map(({ file }) => file));
		const files = tree
			.in("ini")
			.filter(
				(file) =>
					/\.(?:ini|cfg)$/i.test(file.path) &&
					![isAside, isSample, isTest].some((is) => is(file.path)) &&
					!REPEATED.test(file.path) &&
					!others.has(file) &&
					!file.has(/\{\{|\{%|<%|__\w+__\s*\]/),
			);
		return { looked: `${files.length} INI files`, findings: files.flatMap(twice) };
	},
} satisfies StaticCheck;

function twice(file: SourceFile): Found[] {
	const sections = new Map<string, number>();
	let keys = new Map<string, number>();
	return file.lines.flatMap((line, index): Found[] => {
		const section = /^\[([^\]]+)\]\s*(?:[;#].*)?$/.exec(line)?.[1];
		const key = section === undefined ? /^([\w.-]+)\s*=/.exec(line)?.[1] : undefined;
		const [seen, name, what] = section === undefined ? [keys, key, "key"] : [sections, section, "section"];
		const before = name === undefined ? undefined : seen.get(name);
		if (name !== undefined && before === undefined) seen.set(name, index + 1);
		if (section !== undefined) keys = new Map();
		if (before === undefined) return [];
		return [
			{
				message: `${file.path} has the ${what} ${what === "section" ? `[${name!}]` : name!} twice`,
				evidence: [file.place(index + 1), file.place(before)],
				fix: { say: `join the two, or give one its own name` },
			},
		];
	});
}
