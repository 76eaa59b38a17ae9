import type { Language } from "../tree/languages.ts";
import { masked } from "../mask.ts";

const NAMES =
	"[A-Za-z0-9_.-]*(?:pass(?:word|wd|phrase|_?code)?|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?|auth[_-]?key|dsn)(?:[_-]?[a-z0-9]{0,12})?";
/** `name=value`, `"name": "value"`, `name => value`, `--name value`. */
const NAMED = new RegExp(
	`(?<![\\w-])((?:--?)?${NAMES})(["'\`\\])]*\\s*(?::=|=>|==?|:)\\s*(?:[frbu]{0,2}["'\`])?|["'\`]?\\s*,\\s*["'\`]|\\s+(?=[^\\s=:]*\\d))([^\\s"'\`,;})]+)`,
	"gi",
);
const IN_URL = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{0,80}:)([^\s/@"'`]+)(?=@)/gi;
const USER_OPTION = /((?:^|\s)(?:-u|--user)[ =]["']?[^\s:"']{1,60}:)([^\s"']+)/g;
const BEARER = /(\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{12,})/gi;
/** Nothing to hide: an interpolation, a placeholder, a word of a type. */
const OPEN =
	/^[$%{<*]|^\(|\$\{|%\(|^(?:none|null|undefined|true|false|str|string|os|process|secret|secrets|env|self|this)\b/i;

const MASK = "****";

/** A line as it may be shown: what a bundle hides, and what stands behind the name of a secret in code, too. */
export function withoutSecrets(line: string, language: Language): string {
	const [shown, rest] = line.length > 2000 ? [line.slice(0, 2000), "…"] : [line, ""];
	return (
		masked(shown, language)
			.replaceAll(IN_URL, (all, before: string, value: string) => (OPEN.test(value) ? all : before + MASK))
			.replaceAll(USER_OPTION, (all, before: string, value: string) => (OPEN.test(value) ? all : before + MASK))
			.replaceAll(BEARER, (_all, before: string) => before + MASK)
			.replaceAll(NAMED, (all, name: string, between: string, value: string) =>
				OPEN.test(value) || /^[\w.]+\($/.test(value) ? all : name + between + MASK,
			) + rest
	);
}
