import type { Word } from "./script.ts";

/** A path or pattern that a command reads, and that stops it when nothing is there. */
export interface PathArgument {
	text: string;
	/** Offset in the script. */
	at: number;
	/** What reads it: `pytest`, `for`. */
	by: string;
}

interface Reader {
	/** Words that go before its paths, such as `check` of `ruff check`. */
	verb?: RegExp;
	/** Options without a value; after any other one a word may be its value. */
	switches: RegExp;
	/** Whether a word without a slash and an ending is a path, too. */
	bare: boolean;
	/** It reads files alone, so that the last word is one as well; otherwise the last is written. */
	skipLast?: boolean;
}

const QUIET = /^-(?:[qvxslra]+|r[A-Za-z]+|-(?:verbose|quiet|exitfirst|lf|ff|no-cov|strict-\w+|no-header|[\w-]+=.*))$/;
const ANY_SWITCH = /^-(?:[\w]+|-(?:check|diff|fix|quiet|verbose|recursive|list-different|cache|no-cache|[\w-]+=.*))$/;
const NO_VALUE = /^-/;

/** Programs that end with an error when a path that they are given is not there. */
const READERS: Readonly<Record<string, Reader>> = {
	pytest: { switches: QUIET, bare: true },
	"py.test": { switches: QUIET, bare: true },
	ruff: { verb: /^(?:check|format)$/, switches: ANY_SWITCH, bare: true },
	black: { switches: /^-(?:q|v|-(?:check|diff|quiet|verbose|[\w-]+=.*))$/, bare: true },
	isort: { switches: /^-(?:c|q|v|-(?:check|check-only|diff|quiet|[\w-]+=.*))$/, bare: true },
	flake8: { switches: /^--[\w-]+=|^--(?:show-source|statistics|count)$|^-q$/, bare: true },
	mypy: {
		switches: /^--(?!config-file$|python-version$|package$|module$|exclude$|cache-dir$|platform$)[\w-]+/,
		bare: true,
	},
	pyright: { switches: /^--(?!project$|pythonpath$|level$)[\w-]+/, bare: true },
	bandit: { switches: /^-(?:r|q|l+|i+|-quiet|-recursive)$/, bare: true },
	shellcheck: { switches: /^-(?:x|a)$|^--[\w-]+=|^-S\w+$|^--(?:external-sources|check-sourced)$/, bare: false },
	hadolint: { switches: /^--[\w-]+=|^--no-\w+$/, bare: false },
	yamllint: { switches: /^-s$|^--strict$/, bare: true },
	shfmt: { switches: /^-(?:d|l|w|s|ci|bn|sr|i=\d+)$/, bare: true },
	eslint: { switches: /^--(?:fix|quiet|cache|color|no-[\w-]+|[\w-]+=.*)$/, bare: true },
	prettier: { switches: /^--(?:check|write|list-different|cache|[\w-]+=.*)$|^-[cwlu]$/, bare: true },
	cat: { switches: NO_VALUE, bare: false },
	cp: { switches: /^-(?!t$)/, bare: false, skipLast: true },
};
/** What goes before the program itself. */
const RUNNERS =
	/^(?:npx|bunx|uvx|uv|poetry|pipenv|pdm|hatch|rye|pnpm|yarn|npm|exec|run|dlx|-y|--yes|--no-install|--|python[\d.]*|py|-m|coverage)$/;
const PATH = /^(?!-)[\w@./*?{},[\]-]+$/;

/** The paths that one command is given; `words` without assignments and wrappers. */
export function pathArguments(words: readonly Word[]): PathArgument[] {
	const interpreter = /^(?:bash|sh|dash|zsh)$/.test(words[0]?.text ?? "") && /^-\w*n\w*$/.test(words[1]?.text ?? "");
	if (interpreter) return words.slice(2).flatMap((word) => argument(word, `${words[0]!.text} -n`, /./));
	const from = words.findIndex(({ text }) => !RUNNERS.test(text));
	const name = words[from]?.text ?? "";
	if (/^pip(?:3|-audit)?$/.test(name)) return requirementArguments(words.slice(from));
	const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
	if (
		reader === undefined ||
		words.some(({ text }) =>
			/^--?(?:pyargs|collect-only|version|help|no-error-on-unmatched-pattern|ignore-unknown)$/.test(text),
		)
	)
		return [];
	let at = from + 1;
	if (reader.verb !== undefined && !reader.verb.test(words[at++]?.text ?? "")) return [];
	const paths: Word[] = [];
	for (; at < words.length; at += 1) {
		const { text } = words[at]!;
		if (!text.startsWith("-")) paths.push(words[at]!);
		else if (!reader.switches.test(text)) at += 1;
	}
	const form = reader.bare ? /./ : /\/|\.\w+$|\*/;
	return (reader.skipLast ? paths.slice(0, -1) : paths).flatMap((word) => argument(word, name, form));
}

/** `-r requirements.txt`, `--constraint=constraints.txt` */
const requirementArguments = (words: readonly Word[]): PathArgument[] =>
	words.flatMap((word, at) => {
		const behind = /^(?:-[rc]|--requirement|--constraint)$/.test(words[at - 1]?.text ?? "");
		const joined = /^(?:-[rc]|--(?:requirement|constraint)=)(?=\w)/.exec(word.text)?.[0] ?? "";
		return behind || joined !== ""
			? argument({ ...word, text: word.text.slice(joined.length) }, words[0]!.text, /./)
			: [];
	});

function argument(word: Word, by: string, form: RegExp): PathArgument[] {
	const text = word.text.replace(/::.*$/, "");
	if (word.dynamic || !PATH.test(text) || !form.test(text) || /^(?:\.{1,2}\/?|\/.*)$/.test(text)) return [];
	return [{ text, at: word.start, by }];
}

/** `for f in a/*.sh b/*.sh`: a pattern that matches nothing is taken as a name, unless the loop looks first. */
export function loopPatterns(text: string): PathArgument[] {
	if (/\b(?:nullglob|failglob)\b/.test(text)) return [];
	return [...text.matchAll(/(?:^|[\s;(])for\s+(\w+)\s+in\s+([^;\n]+?)\s*(?:;|\n)/g)].flatMap(
		({ 0: all, 1: name, 2: words, index }) => {
			const looks = new RegExp(`-[efrsdx]\\s+"?\\$\\{?${name!}\\b`).test(text.slice(index));
			if (looks || /[$`"'\\()]/.test(words!)) return [];
			const from = index + all.indexOf(words!);
			return [...words!.matchAll(/\S+/g)].flatMap(({ 0: word, index: at }) =>
				/[*?]/.test(word) && word.includes("/") && PATH.test(word) && !word.startsWith("/")
					? [{ text: word, at: from + at, by: "for" }]
					: [],
			);
		},
	);
}
