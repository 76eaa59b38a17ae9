import { posix } from "node:path";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { launchesOf } from "../launch/launches.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS260",
	scope: "static",
	severity: "error",
	question: "Is every script called by the name that its file has?",
	why: "A scheduled task or a step that names `rotate_logs.ps1` for rotate-logs.ps1 fails at each start, and nothing else says so.",
	example: "`-Script 'rotate_logs.ps1'` and the file is scripts/rotate-logs.ps1: write its name.",
	run(tree) {
		const named = new Map<string, string[]>();
		for (const path of tree.paths) {
			const key = keyOf(posix.basename(path));
			if (SCRIPT.test(path)) named.set(key, [...(named.get(key) ?? []), path]);
		}
		const there = new Set(tree.paths.map((path) => posix.basename(path).toLowerCase()));
		const files = named.size === 0 ? [] : tree.files.filter(mayCall);
		return {
			looked: `${files.length} files that may call ${named.size} scripts`,
			findings: files.flatMap((file) => [...inFile(tree, file, { named, there }), ...besideOthers(tree, file)]),
		};
	},
} satisfies StaticCheck;

const SCRIPT = /\.(?:ps1|psm1|sh|bash|py|cmd|bat)$/i;
/** Without what is easily taken for something else. */
const keyOf = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, "");

const mayCall = ({ path, language }: SourceFile): boolean =>
	/^(?:powershell|batch|shell|yaml|ini|dockerfile|json)$/.test(language) &&
	/^(?:live|docs)$/.test(standingOf(path)) &&
	!isAside(path) &&
	!isTest(path);

interface Names {
	named: ReadonlyMap<string, readonly string[]>;
	there: ReadonlySet<string>;
}

const WORD =
	/(?<![\w.$%{}*<>-])(?:[\w.$%{}()~:@-]*[\\/])*([A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:ps1|psm1|sh|bash|py|cmd|bat))(?![\w.*/\\-])/gi;
/** Names of what shall be made. */
const MAKES =
	/>>?\s*["']?[^\s"']*$|\b(?:Set-Content|Out-File|Add-Content|New-Item|touch|tee|Test-Path|rm|Remove-Item|del|curl|wget|-o|--output|-OutFile|mktemp|exist)\b[^\n]*$/i;

function inFile(tree: Tree, file: SourceFile, { named, there }: Names): Found[] {
	if (!file.has(/\.(?:ps1|psm1|sh|bash|py|cmd|bat)\b/i)) return [];
	let told: ReadonlySet<string> | undefined;
	return file.matches(WORD).flatMap(({ 0: all, 1: name, index }): Found[] => {
		const at = index + all.length - name!.length;
		const others = there.has(name!.toLowerCase()) ? [] : (named.get(keyOf(name!)) ?? []);
		const right = posix.basename(others[0] ?? "");
		if (others.length !== 1 || right.toLowerCase() === name!.toLowerCase() || isComment(file, at)) return [];
		const line = file.lineAt(at);
		told ??= new Set(launchesOf(tree).map((one) => `${one.file.path}:${one.line}`));
		const before = file.text.slice(file.text.lastIndexOf("\n", at) + 1, at);
		// What is started by its whole path is looked at elsewhere.
		if (told.has(`${file.path}:${line}`) || MAKES.test(before) || /https?:\/\/\S*$/.test(before) || isMade(tree, name!))
			return [];
		return [
			{
				message: `${file.path} names ${name!}, and the file is called ${others[0]!}`,
				evidence: [file.place(line)],
				fix: { say: `write ${right}`, ...editAt(file, at, name!, right) },
			},
		];
	});
}

interface Entry {
	name: string;
	at: number;
	line: number;
	/** What takes the name: a key, or the command of the line. */
	by: string;
}

const ENTRY =
	/(?:\b([A-Za-z_][\w-]*)["']?\s*[=:]\s*|^[ \t]*([A-Za-z][\w-]*)[ \t][^\n#]*?)["']?(?<![\w./\\$-])([A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:ps1|sh|py|cmd|bat))["']?(?=\s*(?:[;,})\]]|$|\s[A-Z]\w+\s*=))/gm;

/** A bare name in a list whose other names are all those of scripts in one folder. */
function besideOthers(tree: Tree, file: SourceFile): Found[] {
	if (!file.has(/\.(?:ps1|sh|py|cmd|bat)\b/i) || file.text.length > 200_000) return [];
	const entries = file.matches(ENTRY).flatMap(({ 0: all, 1: key, 2: word, 3: name, index }): Entry[] => {
		const at = index + all.lastIndexOf(name!);
		return isComment(file, at) ? [] : [{ name: name!, at, line: file.lineAt(at), by: (key ?? word)!.toLowerCase() }];
	});
	return [...Map.groupBy(entries, ({ by }) => by).values()].flatMap((all) => {
		const places = all.map(({ name }) => tree.paths.filter((path) => posix.basename(path) === name));
		const folders = new Set(places.flat().map((path) => posix.dirname(path)));
		const gone = all.filter((_, at) => places[at]!.length === 0);
		const known = new Set(places.flat());
		if (gone.length !== 1 || known.size < 2 || folders.size !== 1) return [];
		const [entry] = gone as [Entry];
		const before = file.lines[entry.line - 1]!.slice(0, entry.at - file.startOf(entry.line));
		if (MAKES.test(before) || isMade(tree, entry.name)) return [];
		const [folder] = [...folders];
		return [missing(tree, file, entry, folder!)];
	});
}

function missing(tree: Tree, file: SourceFile, { name, at, line }: Entry, folder: string): Found {
	const head = name.split(/[-_.]/)[0]!.toLowerCase();
	const near = tree.paths.filter(
		(path) => posix.dirname(path) === folder && posix.basename(path).toLowerCase().startsWith(head),
	);
	const right = near.length === 1 ? posix.basename(near[0]!) : undefined;
	return {
		message: `${file.path} names ${name}, and ${folder} has no such script`,
		evidence: [file.place(line)],
		fix:
			right === undefined
				? { say: `write the name of a script in ${folder}, or bring ${name} back` }
				: { say: `write ${right}`, ...editAt(file, at, name, right) },
	};
}

/** A script or an image gives it that name. */
const isMade = (tree: Tree, name: string): boolean =>
	tree.files.some(
		({ text, language }) =>
			/^(?:dockerfile|shell|powershell|yaml)$/.test(language) &&
			text.includes(name) &&
			new RegExp(
				`(?:COPY|ADD|cp|mv|ln|install|Copy-Item|Move-Item|>)\\s[^\\n]*${RegExp.escape(name)}["']?\\s*(?:\\\\)?$`,
				"m",
			).test(text),
	);
