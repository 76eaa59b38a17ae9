/**
 * What a file is to its tree: `live` runs or configures something; `docs` describe; `example`s show; `test`s make their
 * own world; `history` tells what was; `vendored` files are somebody else's, or generated.
 */
export type Standing = "docs" | "example" | "history" | "live" | "test" | "vendored";

const RULES: readonly (readonly [RegExp, Standing])[] = [
	[
		/(?:^|\/)(?:node_modules|vendor|vendored|third[_-]?party|site-packages|dist-packages|\.venv|venv|dist|\.next|\.git|__pycache__|[^/]+\.egg-info)\//,
		"vendored",
	],
	[/\.min\.(?:js|css)$|(?:^|\/)(?:package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json|[^/]+\.lock)$/, "vendored"],
	[/(?:^|\/)_?(?:archived?|legacy|old|deprecated|obsolete|backups?|attic)(?:[_-][^/]*)?\//i, "history"],
	[
		/(?:^|\/)(?:history|adr|decisions|postmortems?|incidents?|changelogs?|changes|news|releases?|release[-_]notes?)\/(?:[^/]+\/)*[^/]+\.(?:md|rst|txt|adoc)$/i,
		"history",
	],
	[
		/(?:^|\/)(?:CHANGES|CHANGE-?LOG|HISTORY|NEWS|RELEASES?|RELEASE[_-]?NOTES|PLANS?|todo|TASKS?|MIGRAT(?:ION|ING)|UPGRADING)(?:[_-][^/.]*)?(?:\.(?:md|markdown|rst|txt|adoc))?$/i,
		"history",
	],
	[/\.(?:bak|orig|old|rej|log|snap|patch|diff)$/i, "history"],
	[
		/(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|fixtures?|testdata|test[_-]data|mocks?|benchmarks?|bench|cypress|playwright)\//i,
		"test",
	],
	[
		/(?:^|\/)(?:tests|test_[^/]+|[^/]+_test|conftest)\.py$|\.(?:test|spec|stories|bench)\.[cm]?[jt]sx?$|\.bats$|\.tests\.ps1$/i,
		"test",
	],
	[/(?:^|\/)(?:examples?|samples?|demos?|tutorials?|cookbook|templates?)\//i, "example"],
	[/\.(?:example|sample|template|tmpl|dist|j2|jinja2?|tpl)$|(?:^|\/)(?:example|sample)[._-]/i, "example"],
	[/\.(?:md|markdown|rst|adoc|txt|html?)$/i, "docs"],
	[/(?:^|\/)docs?\//i, "docs"],
];
const CODE_TEXT = /(?:^|\/)(?:requirements|constraints)[^/]*\.txt$|(?:^|\/)(?:CMakeLists|runtime)\.txt$/;
const known = new Map<string, Standing>();
/** Most ask about what stands in one file, place by place. */
let last: { path: string; standing: Standing } = { path: "", standing: "live" };

export function standingOf(path: string): Standing {
	if (path === last.path) return last.standing;
	const standing = known.get(path) ?? judged(path);
	last = { path, standing };
	return standing;
}

function judged(path: string): Standing {
	const rule = RULES.find(([pattern]) => pattern.test(path))?.[1] ?? "live";
	const standing = rule === "docs" && CODE_TEXT.test(path) ? "live" : rule;
	if (known.size < 100_000) known.set(path, standing);
	return standing;
}

/** A file of the environment, whichever: `.env`, `.env.example`. */
export const isEnvExample = (path: string): boolean =>
	/(?:^|\/)[^/]*\.?env[^/]*\.(?:example|sample|template|dist)$|(?:^|\/)(?:example|sample|template)\.env$|\.env\.(?:example|sample|template|dist)[^/]*$/i.test(
		path,
	);

/** Texts of a program in another language: `locales/es-ES/translation.json`. */
export const isTranslation = (path: string): boolean =>
	/(?:^|\/)(?:locales?|i18n|translations?|langs?|languages)\/|\.(?:po|pot|xliff?|arb)$/i.test(path);
