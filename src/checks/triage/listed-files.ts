import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS480",
	scope: "static",
	severity: "error",
	question: "Is every file in the tree that a script lists beside others which are?",
	why: "The script stops at the one that was renamed, or passes it over: a task is not registered, a migration not made.",
	example: "`@('start.xml', 'rotates.xml')`, and the folder has start.xml and rotate.xml: write rotate.xml.",
	run(tree) {
		const files = tree
			.in("powershell", "shell", "python", "javascript", "batch")
			.filter(
				(file) =>
					standingOf(file.path) === "live" &&
					!isAside(file.path) &&
					!isTest(file.path) &&
					file.text.length < 200_000 &&
					file.has(NAME),
			);
		return { looked: `${files.length} scripts that name files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

const NAME = /["'][\w-][\w.-]*\.(?:xml|conf|ya?ml|json|toml|ini|sql|service|timer|cron|cfg|ps1|sh)["']/;
const NAMES = new RegExp(NAME, "g");
/** Lines between two names of one list. */
const NEAR = 3;

/** Folders by the name of a file that is in them. */
const foldersOf = once(
	(tree: Tree): ReadonlyMap<string, readonly string[]> =>
		new Map(
			[...Map.groupBy(tree.paths, (path) => posix.basename(path))].map(([name, paths]) => [
				name,
				paths.map((path) => posix.dirname(path)),
			]),
		),
);

interface Named {
	name: string;
	at: number;
	line: number;
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	const all = file.matches(NAMES).map(({ 0: quoted, index }): Named => ({
		...{ name: quoted.slice(1, -1), at: index + 1, line: file.lineAt(index) },
	}));
	const known = foldersOf(tree);
	return all.flatMap(({ name, at, line }): Found[] => {
		if (known.has(name)) return [];
		const beside = all.filter((one) => one.name !== name && Math.abs(one.line - line) <= NEAR && known.has(one.name));
		if (beside.length === 0 || isComment(file, at) || mayBeMade(tree, name) || isWritten(file, name)) return [];
		const listed = new Set(all.map((one) => one.name));
		const ending = posix.extname(name);
		const folders = new Set(
			beside.filter((one) => posix.extname(one.name) === ending).flatMap((one) => known.get(one.name)!),
		);
		for (const folder of folders) {
			const free = tree.paths
				.filter((path) => posix.dirname(path) === folder && posix.extname(path) === ending)
				.map((path) => posix.basename(path))
				.filter((one) => !listed.has(one));
			const meant = nearest(name, free, 2);
			if (meant === undefined) continue;
			return [
				{
					message: `${file.path} names ${name}, and ${folder} has ${meant}`,
					evidence: [placeIn(file, line), { path: posix.join(folder, meant), line: 1, text: "" }],
					fix: { say: `write ${meant}`, ...editAt(file, at, name, meant) },
				},
			];
		}
		return [];
	});
}

/** The script makes it itself. */
const isWritten = ({ text }: SourceFile, name: string): boolean =>
	new RegExp(
		`(?:>|-o|-OutFile|Out-File|Set-Content|write|dump|tee |mv |cp |Copy-Item|Move-Item|open\\()[^\\n]{0,80}${RegExp.escape(name)}`,
		"i",
	).test(text);
