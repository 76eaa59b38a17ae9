import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS445",
	scope: "static",
	severity: "warning",
	question: "Do documents and scripts give the credential in the header that the program reads?",
	why: "Whoever follows the document is refused with 401, and looks for the fault in the key.",
	example: "docs/Perimeter.md says `X-Api-Key`, and the program takes `Authorization: Bearer`; write that.",
	run(tree) {
		const code = tree.files.filter(isCode);
		const bearer = code.flatMap((file) => first(file, BEARER));
		const keyed = code.flatMap((file) => headersIn(file));
		const told = bearer.length + keyed.length === 0 ? [] : tree.files.filter(tells);
		return {
			looked: `${bearer.length + keyed.length} places that read a credential`,
			findings: told.flatMap((file) => [...strange(tree, file, bearer, keyed), ...needless(tree, file, bearer, keyed)]),
		};
	},
} satisfies StaticCheck;

interface Reads {
	file: SourceFile;
	line: number;
	/** In lower case. */
	header: string;
}

/** The program takes a token of `Authorization: Bearer`. */
const BEARER =
	/\bHTTPBearer\(|\bOAuth2PasswordBearer\(|headers\.authorization\b|headers(?:\.get\(|\[)\s*["'](?:[Aa]uthorization)["']|\bHTTP_AUTHORIZATION\b|(?:\.[Gg]et|GetHeader|\.header)\(\s*["']Authorization["']|\bauthorization\s*:\s*[^=\n]*=\s*Header\(/;
/** `X-Api-Key`, `x-auth-token`, and what FastAPI makes of `x_api_key`. */
const HEADER =
	/\b[Xx][-_](?:[A-Za-z]+[-_])*(?:[Kk]ey|[Tt]oken|[Ss]ecret|[Aa]uth|[Ss]ignature|[Aa]pikey|[Pp]assword)\b/g;

const isCode = ({ path, language, text }: SourceFile): boolean =>
	(language === "python" || language === "javascript" || /\.(?:go|rs|java|kt|cs|rb|php)$/.test(path)) &&
	standingOf(path) === "live" &&
	!isAside(path) &&
	text.length < 400_000;

const first = (file: SourceFile, pattern: RegExp): Reads[] => {
	const index = file.mayMatch(pattern) ? file.text.search(pattern) : -1;
	return index === -1 || isComment(file, index) ? [] : [{ file, line: file.lineAt(index), header: "authorization" }];
};

const plain = (header: string): string => header.toLowerCase().replaceAll("_", "-");

/** Where a server reads it: a client of somebody else gives it. */
const READS = /\bAPIKeyHeader\(|=\s*Header\(|headers(?:\.get\(|\[|\.)|\.[Gg]et\(|GetHeader|\.header\(|META\b/;
const headersIn = (file: SourceFile): Reads[] =>
	file.matches(HEADER).flatMap(({ 0: header, index }) => {
		const line = file.lineAt(index);
		return READS.test(file.lines[line - 1]!) && !isComment(file, index) ? [{ file, line, header: plain(header) }] : [];
	});

const tells = ({ path, language, text }: SourceFile): boolean =>
	(language === "markdown" || /^(?:shell|powershell|nginx|yaml)$/.test(language)) &&
	["docs", "live"].includes(standingOf(path)) &&
	!isAside(path) &&
	text.length < 400_000 &&
	/\bx-|bearer/i.test(text);

const FOREIGN = /https?:\/\/(?!localhost|127\.0\.0\.1|\$|<|\{|[A-Z]+\b|[\w.-]*example)[\w-]+(?:\.[\w-]+)+|[Ww]ebhook/;

/** A header that no program of the tree has, while one takes a bearer token or another header. */
function strange(tree: Tree, file: SourceFile, bearer: readonly Reads[], keyed: readonly Reads[]): Found[] {
	const found = new Map<string, number[]>();
	for (const { 0: header, index } of file.matches(HEADER)) {
		const line = file.lineAt(index);
		if (!/-/.test(header) || FOREIGN.test(file.lines[line - 1]!) || isComment(file, index)) continue;
		if (file.language !== "markdown" && !/\b(?:curl|wget|Invoke-\w+|headers?)\b|\s-H\s/i.test(file.lines[line - 1]!))
			continue;
		if (!isAnywhere(tree, header)) found.set(header, [...(found.get(header) ?? []), line]);
	}
	const reads = keyed.length > 0 ? keyed : bearer;
	return [...found].map(([header, lines]): Found => {
		const wanted = keyed.length > 0 ? [...new Set(keyed.map((one) => one.header))].join(", ") : "Authorization: Bearer";
		return {
			message: `${file.path} gives the credential in ${header}, and the program takes ${wanted}`,
			evidence: lines
				.map((line) => placeIn(file, line))
				.concat(reads.slice(0, 2).map((one) => placeIn(one.file, one.line))) as unknown as Found["evidence"],
			fix: { say: `write ${wanted}` },
		};
	});
}

/** `Authorization: Bearer` of the own service, which reads a header of its own alone. */
function needless(tree: Tree, file: SourceFile, bearer: readonly Reads[], keyed: readonly Reads[]): Found[] {
	if (keyed.length === 0 || bearer.length > 0) return [];
	const any = tree.files.some((one) => isCode(one) && one.has(/\bbearer\b|\bauthorization\b/i));
	if (any) return [];
	const headers = [...new Set(keyed.map((one) => one.header))];
	return file
		.matches(/\bAuthorization:\s*Bearer\b|\b[Bb]earer token\b/g)
		.slice(0, 1)
		.flatMap(({ index }): Found[] => {
			const line = file.lineAt(index);
			const text = [file.lines[line - 2] ?? "", file.lines[line - 1]!, file.lines[line] ?? ""].join(" ");
			if (
				FOREIGN.test(text) ||
				!/localhost|127\.0\.0\.1|\$|HOST|\/v\d|\/api|\bAPI\b|[Cc]lients?\b|[Rr]equests?\b|[Ee]ndpoints?\b/.test(text)
			)
				return [];
			return [
				{
					message: `${file.path} gives the credential in Authorization, and the program takes ${headers.join(", ")}`,
					evidence: [placeIn(file, line), ...keyed.slice(0, 2).map((one) => placeIn(one.file, one.line))],
					fix: { say: `write ${headers.join(", ")}` },
				},
			];
		});
}

const cache = new WeakMap<Tree, ReadonlySet<string>>();

/** In a program, a gateway or a setting, in whatever form of writing. */
function isAnywhere(tree: Tree, header: string): boolean {
	const known =
		cache.get(tree) ??
		new Set(
			tree.files
				.filter(
					({ path, language, text }) =>
						language !== "markdown" && !isTells(language) && standingOf(path) !== "vendored" && text.length < 400_000,
				)
				.flatMap(({ text }) => [...text.matchAll(HEADER)].map(([one]) => plain(one))),
		);
	cache.set(tree, known);
	return known.has(plain(header));
}

const isTells = (language: string): boolean => language === "shell" || language === "powershell";
