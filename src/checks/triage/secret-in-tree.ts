import { knownForms, type SecretHit } from "../secrets/known-forms.ts";
import { inCommands, inUrls, isRandom, literalsIn, COMMON } from "../secrets/literals.ts";
import { typedSecrets } from "../secrets/typed.ts";
import { placeIn } from "../facts/found.ts";
import { isTranslation, standingOf } from "../facts/standing.ts";
import { isCommentLine } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS471",
	scope: "static",
	severity: "error",
	question: "Is no secret written into a file of the tree?",
	why: "Everybody who can read the repository, an image or a copy of it has it, and its history keeps it. It must be replaced, not only removed.",
	example:
		"A key behind `MINIO_SECRET_KEY=` in a process manager's file; read it from the environment, and revoke the old one.",
	async run(tree, signal) {
		const files = tree.files.filter(({ path, text }) => counts(path) && text.length < 400_000);
		const own = files.flatMap((file) => [...named(file), ...inCommands(file), ...typedSecrets(file), ...urls(file)]);
		const known = await knownForms(files, signal);
		const hits = [...known.filter(isNoExample), ...own];
		const once = [
			...new Map(hits.toReversed().map((hit) => [`${hit.file.path}:${hit.line}`, hit])).values(),
		].toReversed();
		return { looked: `${files.length} files`, findings: [...once.map(finding), ...envFiles(tree)] };
	},
} satisfies StaticCheck;

/** A lock holds hashes; tests and their parts hold what looks like secrets on purpose. */
const counts = (path: string): boolean =>
	!["vendored", "test"].includes(standingOf(path)) && !/\.(?:svg|csv|ipynb|map)$/.test(path);

/** In documents the value of a name is often invented: there only values of a known form count. */
function named(file: SourceFile): SecretHit[] {
	if ((file.language === "markdown" && standingOf(file.path) === "docs") || isTranslation(file.path)) return [];
	const code =
		file.language === "python" ||
		file.language === "javascript" ||
		file.language === "powershell" ||
		file.language === "text";
	return literalsIn(file).flatMap(({ name, value, line }) => {
		if (
			!isRandom(value) ||
			(code && /[./:]/.test(value) && value.length < 16) ||
			(standingOf(file.path) === "docs" && value.length < 20)
		)
			return [];
		if (code && isCommentLine(file, line)) return [];
		return [{ file, line, what: `the value of ${name}` }];
	});
}

const urls = (file: SourceFile): SecretHit[] =>
	standingOf(file.path) === "docs"
		? []
		: inUrls(file).flatMap(({ user, value, line }) =>
				// A password that is the user's own name hides nothing, and is a person's choice for a machine of one's own.
				isRandom(value) || (value !== user && value.length > 7 && !COMMON.has(value) && !isCommentLine(file, line))
					? [{ file, line, what: "a user and a password in a URL" }]
					: [],
			);

/** A user and a password of a page about URLs: `user:password@example.com`. */
const isNoExample = ({ file, line, what }: SecretHit): boolean =>
	!what.includes("password in") ||
	inUrls(file).some(
		(one) =>
			one.line === line &&
			!COMMON.has(one.value) &&
			(isRandom(one.value) || !(standingOf(file.path) === "docs" || isCommentLine(file, line))),
	);

/** The whole line is hidden where the value is not behind its name. */
function hidden(file: SourceFile, line: number): FilePlace {
	const place = placeIn(file, line);
	return place.text === file.lines[line - 1] ? { ...place, text: `${place.text.slice(0, 12)}****` } : place;
}

const finding = ({ file, line, what }: SecretHit): Found => ({
	message: `${file.path} holds ${what}`,
	evidence: [hidden(file, line)],
	fix: {
		say: `take it out of ${file.path}:${line}, read it from the environment, and have a new one made: git keeps the old one`,
	},
});

/** A file of the environment with values that git does not ignore. */
function envFiles(tree: Tree): Found[] {
	if (!tree.git) return [];
	return tree.files.flatMap((file): Found[] => {
		if (
			!/(?:^|\/)\.env(?:\.(?:local|production|prod|staging|development))?$/.test(file.path) ||
			standingOf(file.path) !== "live"
		)
			return [];
		const [secret] = literalsIn(file).filter(({ value }) => !isRandom(value));
		if (!secret) return [];
		return [
			{
				message: `${file.path} holds the value of ${secret.name}, and git does not ignore the file`,
				evidence: [hidden(file, secret.line)],
				fix: {
					say: `git rm --cached ${file.path}, add it to .gitignore, keep the names without values in .env.example`,
				},
			},
		];
	});
}
