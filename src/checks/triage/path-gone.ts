import type { SourceFile } from "../tree/source-file.ts";
import { isComment, kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { isIgnored, isThere, named, normal, folderOf } from "../claims/paths.ts";
import { PATH } from "../claims/named-paths.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const LINK = /\]\(\s*<?([^)\s<>]{1,500})>?(?:\s+["'][^)]*)?\)/g;
/** An address without its scheme: `github.com/owner/name`. */
const HOST = /^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|ai|co|de|uk|edu|gov|app|sh|me|us|eu|info)(?::\d+)?\/\S/i;
/** A script that is run by its path. */
const RUN =
	/(?:^|[\s;&|(`"'])(?:bash|sh|source|python3?|node|pwsh|powershell(?:\.exe)?(?:\s+-\w+(?:\s+(?:Bypass|RemoteSigned|Hidden))?)*|-File|call)\s+["']?((?:\.{1,2}[/\\])?[\w-]+(?:[/\\.][\w-]+)*\.(?:sh|py|ps1|js|mjs|cmd|bat))\b(?![/\\*$])/gim;
const MADE =
	/creat|\badd|\bnew\b|generat|writ|output|\bsave|download|remov|delet|archiv|renam|\bmoved?\b|former|\bold\b|legacy|previous|deprecat|no longer|will be|would|e\.g\.|for example|such as|instead|became|exampl|your|\bmv\b|touch|mkdir|replac|retire|absent|missing|does not exist|\bnot\b|\bif\b|optional|>/i;

export default {
	code: "TS451",
	scope: "static",
	severity: "warning",
	question: "Does every file that documents and scripts name still exist?",
	why: "A file was moved or removed and its name stayed behind: the command of the runbook fails when it is needed.",
	example:
		"`bash scripts/start_all.sh` in docs/run.md after the script became `scripts/start.sh`; write the path that exists.",
	run(tree) {
		const documents = tree.in("markdown").filter(({ path }) => standingOf(path) === "docs");
		const scripts = tree.in("shell", "powershell", "batch").filter(({ path }) => standingOf(path) === "live");
		const findings = [
			...documents.flatMap((file) => inDocument(tree, file)),
			...scripts.flatMap((file) => inScript(tree, file)),
		];
		return { looked: `${documents.length} documents, ${scripts.length} scripts`, findings };
	},
} satisfies StaticCheck;

function inDocument(tree: Tree, file: SourceFile): Found[] {
	const links = file.matches(LINK).flatMap(({ 1: target, index }) => {
		const path = target!.replace(/[#?].*$/, "");
		if (
			path === "" ||
			// A name of Sphinx, such as that of a heading.
			(!path.includes("/") && !/^[A-Z_]+$|\.[a-z][a-z0-9]{0,5}$/.test(path)) ||
			/^[a-z][a-z0-9+.-]*:|^\/|^[#{$(]|[*{}$%()|]/i.test(path) ||
			HOST.test(path) ||
			kindAt(file, index) !== "prose"
		)
			return [];
		const whole = normal(folderOf(file) + path);
		return whole === undefined || whole === "" || tree.has(whole) || isIgnored(tree, whole) || isPage(tree, whole)
			? []
			: [found(tree, file, index, path)];
	});
	const told = file.matches(PATH).flatMap(({ 1: written, index }) => {
		const path = written!.replaceAll("\\", "/").replace(/^\.\//, "");
		const line = file.lines[file.lineAt(index) - 1]!;
		if (
			line.length > LONGEST ||
			MADE.test(line) ||
			/\]\(/.test(line) ||
			kindAt(file, index) === "comment" ||
			!isCode(file, index)
		)
			return [];
		return isGone(tree, file, path) ? [found(tree, file, index, path)] : [];
	});
	return byLine([...links, ...told, ...runs(tree, file)]);
}

/** A page that a site makes of a document, by its name with `.html` or without an ending. */
const isPage = (tree: Tree, path: string): boolean =>
	/(?:\.html|\/[^/.]+)$/.test(path) && [".md", ".rst"].some((end) => tree.has(path.replace(/\.html$/, "") + end));

/** A longer line is data. */
const LONGEST = 2000;
/** A block of code may show a file of somebody else; a command is meant for this tree. */
const COMMAND =
	/^\s*(?:\$ |PS> |> )?(?:sudo )?(?:bash|sh|python3?|node|cat|source|\.|cp|less|chmod|powershell|pwsh|rg|grep|tail|docker|make|npm|npx|cd|tsx)(?:\.exe)?\s/;

/** Inside of a code span or of a command in a block of code. */
function isCode(file: SourceFile, at: number): boolean {
	const start = file.text.lastIndexOf("\n", at) + 1;
	if (at - start > LONGEST) return false;
	if (kindAt(file, at) === "code")
		return COMMAND.test(file.text.slice(start, at)) || /^\s*(?:\$ |> )?(?:\.\/)?$/.test(file.text.slice(start, at));
	return (file.text.slice(start, at).match(/`/g)?.length ?? 0) % 2 === 1;
}

/** Its folder is of the tree, and it is not; neither here nor below another folder. */
function isGone(tree: Tree, file: SourceFile, path: string): boolean {
	const bare = path.replace(/^\.\//, "");
	const [top] = bare.split("/") as [string];
	if (HOST.test(path)) return false;
	if (
		top === ".." ||
		!(tree.has(top) || tree.has(folderOf(file) + top)) ||
		/^(?:dist|build|out|target|tmp|logs?|data|node_modules|coverage)$/.test(top)
	)
		return false;
	return !isThere(tree, file, bare) && !isIgnored(tree, bare) && !tree.paths.some((one) => one.endsWith(`/${bare}`));
}

const inScript = (tree: Tree, file: SourceFile): Found[] =>
	byLine(
		runs(tree, file).filter(
			({ line }) => !/\|\||&&|\bif\b|-f\b|-e\b|-x\b|Test-Path|exist/i.test(file.lines[line - 1]!),
		),
	);

interface Located extends Found {
	line: number;
}

function runs(tree: Tree, file: SourceFile): Located[] {
	return file.matches(RUN).flatMap(({ 0: all, 1: written, index }) => {
		const at = index + all.length - written!.length;
		const path = written!.replaceAll("\\", "/").replace(/^\.\//, "");
		const name = path.slice(path.lastIndexOf("/") + 1);
		if (
			isComment(file, at) ||
			(file.language === "markdown" && (!isCode(file, at) || MADE.test(file.lines[file.lineAt(at) - 1]!)))
		)
			return [];
		const elsewhere = named(tree, name).length > 0;
		const gone = path.includes("/")
			? isGone(tree, file, path)
			: !elsewhere && !isIgnored(tree, path) && hasScripts(tree);
		// What stands there once is only run.
		const made =
			gone &&
			file.text.indexOf(name) !== file.text.lastIndexOf(name) &&
			(new RegExp(
				`(?:>|-\\w*[oO]|tee|-OutFile|Out-File|Set-Content|cp|COPY|mv|cat >)\\s*\\S*${name.replaceAll(".", "\\.")}`,
			).test(file.text) ||
				new RegExp(`/${name.replaceAll(".", "\\.")}\\b`).test(file.text.replaceAll(written!, "")));
		return gone && !made ? [found(tree, file, at, path)] : [];
	});
}

/** A tree without scripts speaks of those of others. */
const hasScripts = (tree: Tree): boolean =>
	tree.files.some(
		({ path, language }) =>
			standingOf(path) === "live" && ["shell", "powershell", "python", "batch"].includes(language),
	);

function found(tree: Tree, file: SourceFile, at: number, path: string): Located {
	const line = file.lineAt(at);
	const [other, ...more] = named(tree, path.slice(path.lastIndexOf("/") + 1)).filter(
		(one) => standingOf(one) !== "history",
	);
	const unique = other !== undefined && more.length === 0;
	return {
		line,
		message: `${file.path} names ${path}, which does not exist`,
		evidence: [placeIn(file, line)],
		fix: unique
			? {
					say: `write ${other}`,
					...(folderOf(file) === "" || !path.startsWith("..") ? editOf(file, line, path, other) : {}),
				}
			: { say: `remove ${path} from ${file.path}:${line}, or write the path that took its place` },
	};
}

const byLine = (all: readonly Located[]): Found[] => [
	...new Map(all.map(({ line, ...one }) => [`${line} ${one.message}`, one])).values(),
];
