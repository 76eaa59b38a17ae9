import { tablesIn } from "../claims/tables.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { isNamedLive, namedPortsOf, wordsOf, type NamedPort } from "../facts/named-ports.ts";
import { WELL_KNOWN } from "../facts/ports.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** This machine, or one that a variable names: `http://${host}:9465/health`. */
const ASKED =
	/(?<![\w.@-])https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|\$\{?\w+\}?|\$\(\w+\)|\{\w+\}):(\d{2,5})(?=[/"'`\s)?]|$)/g;
const PROBE =
	/\b(?:Test-(?:Tcp)?(?:Port|Connection|NetConnection)|Wait-\w*Port|wait[-_]?for[\w-]*|nc)\b[^\n]*?(?:-Port\s+|127\.0\.0\.1[ :]|localhost[ :])(\d{2,5})\b/g;

export default {
	code: "TS439",
	scope: "static",
	severity: "error",
	question: "Do scripts and probes ask a service on the port that the rest of the tree gives it?",
	why: "The service was moved and the script was not: it reports a healthy service as down, or waits for ever.",
	example: "`check worker http://$host:9464/health`, and the worker listens on 9465 everywhere else; write that.",
	run(tree) {
		const files = tree.in("shell", "powershell", "batch", "python", "javascript").filter(({ path, text }) => {
			const standing = standingOf(path);
			return (standing === "live" || /smoke/.test(path)) && text.length < 400_000 && /:\d{2,5}|port/i.test(text);
		});
		const asked = files.flatMap(askedIn);
		const told = asked.length === 0 ? [] : [...namedPortsOf(tree), ...documented(tree)];
		return {
			looked: `${asked.length} ports that scripts ask`,
			findings: told.length === 0 ? [] : asked.flatMap((one) => elsewhere(tree, one, told)),
		};
	},
} satisfies StaticCheck;

interface Asked {
	port: number;
	words: ReadonlySet<string>;
	file: SourceFile;
	line: number;
}

const askedIn = (file: SourceFile): Asked[] =>
	[ASKED, PROBE].flatMap((pattern) =>
		[...file.text.matchAll(pattern)].flatMap(({ 0: all, 1: port, index }): Asked[] => {
			const line = file.lineAt(index);
			const text = file.lines[line - 1]!;
			if (isComment(file, index) || text.length > 500 || /allow_?origins|cors|proxy/i.test(text)) return [];
			const code = file.language === "python" || file.language === "javascript";
			if (code && !/\b(?:fetch|urlopen|(?:requests|httpx|axios|client|session|got)\.(?:get|head|post))\(/.test(text))
				return [];
			// What the file opens itself, a tunnel or a program, it may ask.
			if ((file.text.match(new RegExp(`(?<![\\w.])${port!}(?![\\w.])`, "g"))?.length ?? 0) > 1) return [];
			return [
				{ port: Number(port), words: wordsOf(text.replace(all, " ").replaceAll(/\/[\w./-]+/g, " ")), file, line },
			];
		}),
	);

const NAME = /^(?:service|name|component|program|process|server|what|part|role|container)s?$/;

/** What tables of documents say of the service. */
const documented = (tree: Tree): NamedPort[] =>
	tree
		.in("markdown")
		.filter(({ path }) => standingOf(path) === "docs")
		.flatMap((file) =>
			tablesIn(file).flatMap((table) =>
				table.flatMap(({ cells, line }) => {
					const name = [...cells].find(([head]) => NAME.test(head))?.[1];
					const text = [...cells].filter(([head]) => /port|listen|address|bind/.test(head)).map(([, cell]) => cell);
					const ports = text.flatMap((cell) =>
						[...cell.matchAll(/(?:^|:)(\d{2,5})(?![\d.])/g)].map(([, port]) => Number(port)),
					);
					return name === undefined ? [] : ports.map((port) => ({ words: wordsOf(name), port, file, line }));
				}),
			),
		);

/** Nothing else of the tree has the port, and what the words of the line name has another one. */
function elsewhere(tree: Tree, { port, words, file, line }: Asked, told: readonly NamedPort[]): Found[] {
	if (WELL_KNOWN.has(port) || port === 80 || port === 443 || told.some((one) => one.port === port && one.file !== file))
		return [];
	if (isNamedLive(tree, port, file) || inDocuments(tree, port)) return [];
	const overlap = (one: NamedPort): number => [...words].filter((word) => one.words.has(word)).length;
	const others = told.filter((one) => one.file !== file || one.port !== port);
	const most = Math.max(0, ...others.map(overlap));
	const meant = most === 0 ? [] : unique(others.filter((one) => overlap(one) === most));
	const ports = [...new Set(meant.map((one) => one.port))];
	if (ports.length !== 1) return [];
	return [
		{
			message: `${file.path} asks port ${port}, which nothing else of the tree has, for what has ${ports[0]!}`,
			evidence: [placeIn(file, line), ...meant.slice(0, 5).map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write ${ports[0]!} in ${file.path}:${line}, as in ${listed(meant)}`,
				...editOf(file, line, String(port), String(ports[0])),
			},
		},
	];
}

const inDocuments = (tree: Tree, port: number): boolean =>
	tree
		.in("markdown")
		.some(({ path, text }) => standingOf(path) === "docs" && new RegExp(`(?<![\\w.])${port}(?![\\w.])`).test(text));
