import ignore from "ignore";
import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS129",
	scope: "static",
	severity: "error",
	question: "Does git ignore what the documents say that it ignores, and can each pattern match?",
	why: "The file with the secrets is committed by the next `git add .`.",
	example: "`.env/` in .gitignore is a folder's pattern, and .env is a file: write `.env`.",
	run(tree) {
		const files = tree.files.filter(({ path }) => posix.basename(path) === ".gitignore" && !isAside(path));
		const root = tree.file(".gitignore");
		return {
			looked: `${files.length} .gitignore files`,
			findings: [...files.flatMap(oddPatterns), ...(root === undefined ? [] : unignored(tree, files, root))],
		};
	},
} satisfies StaticCheck;

/** Patterns that match nothing, whatever is there. */
const oddPatterns = (file: SourceFile): Found[] =>
	file.lines.flatMap((line, index): Found[] => {
		const [pattern, why] = oddity(line) ?? [];
		if (pattern === undefined || why === undefined) return [];
		const right = pattern.startsWith("./") ? pattern.slice(1) : pattern.split(/[ \t]+#/)[0]!.replaceAll("\\", "/");
		return [
			{
				message: `\`${pattern}\` in ${file.path} matches nothing: ${why}`,
				evidence: [file.place(index + 1)],
				fix: {
					say: `write \`${right}\``,
					...(pattern === line ? { edit: { path: file.path, line: index + 1, before: line, after: right } } : {}),
				},
			},
		];
	});

function oddity(line: string): [pattern: string, why: string] | undefined {
	const text = line.trimEnd();
	if (text === "" || text.startsWith("#")) return undefined;
	if (/^!?\.\//.test(text)) return [text, "a path in it does not begin with `./`"];
	if (/^[^#]*\S[ \t]+#[ \t]?\S/.test(text)) return [text, "a comment stands on a line of its own"];
	return /^[\w.-]+(?:\\[\w.*-]+)+\\?$/.test(text) && /\\[A-Za-z0-9_]/.test(text)
		? [text, "folders are parted by `/`"]
		: undefined;
}

const SAYS =
	/\b(?:(?:is|are|stays?|remains?) (?:git-?)?ignored(?: by git)?|ignored by git|git-?ignored|(?:is|are) (?:in|listed in|covered by) `?\.gitignore`?|(?:is|are) (?:never|not) (?:committed|checked in|tracked)|never commit(?:ted)?|(?:stays?|kept) out of git)\b/i;
const NOT = /\bnot (?:git-?)?ignored|\bshould|\bmust be added|\badd\b/i;

/** What a document calls ignored, or what is made of an example with secrets, and is not ignored. */
function unignored(tree: Tree, files: readonly SourceFile[], root: SourceFile): Found[] {
	const rules = files.map((file) => ({
		folder: posix.dirname(file.path),
		rules: ignore({ allowRelativePaths: true }).add(file.text),
	}));
	const isIgnored = (path: string): boolean =>
		rules.some(({ folder, rules: own }) => {
			const inside = folder === "." ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
			return inside !== undefined && inside !== "" && own.ignores(inside);
		});
	const told = new Map<string, FilePlace>();
	for (const { path, place } of [...saidIn(tree), ...copied(tree)]) if (!told.has(path)) told.set(path, place);
	return [...told].flatMap(([path, place]): Found[] => {
		if (isIgnored(path) || (isIgnored(`${path}/x`) && !isFile(path)) || tree.has(path)) return [];
		const near = root.lines.findIndex(
			(line) =>
				!line.startsWith("#") &&
				new RegExp(`(?<![\\w.])\\.?${RegExp.escape(posix.basename(path).replace(/^\./, ""))}(?![\\w-])`).test(line) &&
				line.trim() !== `!${path}` &&
				!/example|sample|template/.test(line),
		);
		const pattern = near === -1 ? undefined : root.lines[near]!;
		return [
			{
				message: `git does not ignore ${path}${pattern === undefined ? "" : `: \`${pattern.trim()}\` in .gitignore ${pattern.trim().endsWith("/") ? "is a folder's pattern" : "does not match it"}`}, and ${place.path} ${SAYS.test(place.text) ? "says that it is ignored" : "has it made with secrets"}`,
				evidence: [root.place(near === -1 ? 1 : near + 1), place],
				fix: { say: `write \`${path.includes("/") ? `/${path}` : path}\` in .gitignore` },
			},
		];
	});
}

const isFile = (path: string): boolean => /\.\w+$|(?:^|\/)\.?env$/.test(path);

/** `X is ignored by git`, with X in code. */
const saidIn = (tree: Tree): { path: string; place: FilePlace }[] =>
	tree.in("markdown").flatMap((file) =>
		standingOf(file.path) !== "docs"
			? []
			: file.lines.flatMap((line, index) => {
					const said = SAYS.exec(line);
					if (said === null || NOT.test(line)) return [];
					const before = line.slice(0, said.index);
					const [, quoted] = /`([\w./-]+)`[^`]{0,24}$/.exec(before) ?? [];
					const bare = quoted ?? /(?:^|[\s;#(])(\.env(?:\.[\w-]+)?)\s*(?:file\s*)?$/.exec(before)?.[1];
					const path = bare?.replace(/^\.?\//, "").replace(/\/$/, "");
					return path === undefined ||
						path === "" ||
						path.includes("..") ||
						/^\.gitignore$/.test(path) ||
						!(isFile(path) || bare!.endsWith("/"))
						? []
						: [{ path, place: file.place(index + 1) }];
				}),
	);

/** `cp .env.example .env`, where the example has a secret to fill in. */
const copied = (tree: Tree): { path: string; place: FilePlace }[] =>
	tree.in("markdown", "shell").flatMap((file) =>
		!/^(?:docs|live)$/.test(standingOf(file.path)) || file.path.includes("/")
			? []
			: file.lines.flatMap((line, index) => {
					const [, from, to] =
						/\b(?:cp|copy|Copy-Item)\s+(?:-n\s+)?(\.env\.(?:example|sample|template))\s+(\.env(?:\.local)?)(?=[\s`;&#]|$)/.exec(
							line,
						) ?? [];
					const example = from === undefined ? undefined : tree.file(from);
					return example === undefined || !/(?:TOKEN|SECRET|PASSWORD|KEY)\w*\s*=/.test(example.text)
						? []
						: [{ path: to!, place: file.place(index + 1) }];
				}),
	);
