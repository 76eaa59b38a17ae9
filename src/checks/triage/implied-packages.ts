import { declaredFor } from "../python/declared.ts";
import { normal } from "../python/distributions.ts";
import { IMPLIED, type Implied } from "../python/implied.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS387",
	scope: "static",
	severity: "error",
	question: "Is every package declared that a library needs for what the code asks of it?",
	why: "Nobody imports it, so that no linter misses it: the program stops at its start, or at the first request.",
	example: "`file: UploadFile` in a route of FastAPI, and no python-multipart among the requirements.",
	run(tree) {
		const files = tree.in("python").filter((file) => file.has(WORTH) && !isAside(file.path) && !isSample(file.path));
		const findings = IMPLIED.flatMap((one) => missing(tree, files, one));
		return { looked: `${files.length} Python files that use such a thing`, findings };
	},
} satisfies StaticCheck;

const WORTH =
	/UploadFile|OAuth2Password|\b(?:File|Form)\(|\.form\(|EmailStr|NameEmail|Jinja2Templates|TestClient|SessionMiddleware|ORJSONResponse|BaseSettings|http2|socks5|_?parquet\(|_excel\(|["'](?:postgres|mysql|sqlite)\w*(?:\+\w+)?:/;

/** Where none of them is declared, the packages of the file are declared elsewhere. */
const LIBRARIES =
	"fastapi fastapi-slim starlette pydantic pydantic-settings httpx requests sqlalchemy sqlmodel flask-sqlalchemy alembic databases pandas".split(
		" ",
	);
const ASIDE = /dev|test|lint|doc|ci\b/i;

function missing(tree: Tree, files: readonly SourceFile[], implied: Implied): Found[] {
	const { use, from, needs, tests } = implied;
	const lacking = files.flatMap((file) => {
		if (!file.has(use) || from?.test(file.text) === false || (isTest(file.path) && !tests)) return [];
		const at = placesOf(file, use);
		if (at === undefined) return [];
		const { manifests, names } = declaredFor(tree, file.path);
		if (!LIBRARIES.some((one) => names.has(one)) || needs.some((one) => names.has(normal(one)))) return [];
		return manifests.some((one) => isBroughtBy(one, implied))
			? []
			: [{ file, at, manifest: manifestFor(manifests, isTest(file.path)) }];
	});
	return [...Map.groupBy(lacking, ({ manifest }) => manifest)].map(([manifest, uses]): Found => {
		const [first] = uses;
		const places = uses.slice(0, 4).map(({ file, at }) => file.placeAt(at));
		const word = use.exec(first!.file.text.slice(first!.at))![0].replace(/\($/, "");
		return {
			message: `${word.replace(/^["'.]/, "")} needs ${needs[0]!}, which ${manifest.path} does not declare: ${implied.fails}`,
			evidence: [manifest.place(lineIn(manifest)), ...places],
			fix: { say: `add ${needs[0]!} with its version to ${manifest.path}` },
		};
	});
}

/** The line of a library beside which it is added. */
const lineIn = ({ lines }: SourceFile): number =>
	lines.findIndex((line) => LIBRARIES.some((one) => new RegExp(`(?:^[\\s-]*|["'])${one}\\b(?!-)`, "i").test(line))) +
		1 || 1;

/** The one that a person adds it to. */
const manifestFor = (manifests: readonly SourceFile[], test: boolean): SourceFile =>
	manifests.find(
		({ path, text }) => ASIDE.test(path) === test && LIBRARIES.some((one) => text.toLowerCase().includes(one)),
	) ??
	manifests.find(({ path }) => ASIDE.test(path) === test) ??
	manifests[0]!;

/** Where the code uses it: outside comments, and outside imports. */
function placesOf(file: SourceFile, use: RegExp): number | undefined {
	for (const { index, 0: word } of file.text.matchAll(new RegExp(use.source, `${use.flags}g`))) {
		const line = file.lines[file.lineAt(index) - 1] ?? "";
		const kind = kindAt(file, index + (/^["']/.test(word) ? 1 : 0));
		if (kind !== "comment" && (kind === "code") !== /^["']/.test(word) && !/^\s*(?:from|import)\b/.test(line))
			return index;
	}
	return undefined;
}

/** An extra, or a package that depends on it: of a lock file by its presence alone. */
const isBroughtBy = (manifest: SourceFile, { brings = [], needs }: Implied): boolean =>
	manifest.lines
		.flatMap((line) => [line.trim(), ...[...line.matchAll(/["']([^"']+)["']/g)].map(([, one]) => one!)])
		.map((one) => one.replace(/^-\s+/, "").toLowerCase())
		.some(
			(one) =>
				brings.some((pattern) => pattern.test(one)) ||
				needs.some((name) => new RegExp(`\\[[^\\]]*\\b${name}\\b`).test(one)),
		);
