import { redact } from "../secrets/secret.ts";
import type { Language } from "./tree/languages.ts";

const HIDDEN = "[redacted]";
/** In a line that is shown. */
const SHORT = "****";
/** Characters of a line of a minified file that are looked at before it is shown. */
const LONGEST_LINE = 2_000;
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
/** Tokens that say themselves what they are: AWS, GitHub, GitLab, Hugging Face, OpenAI, Slack, Google, npm, PyPI, … JWT. */
const TOKEN = new RegExp(
	[
		...["\\b(?:AKIA|ASIA)[A-Z0-9]{12,}", "\\bgh[pousr]_\\w{20,}", "\\bgithub_pat_\\w{20,}", "\\bglpat-[\\w-]{15,}"],
		...["\\bhf_[A-Za-z0-9]{16,}", "\\bsk-[\\w-]{16,}", "\\bsk_live_\\w{10,}", "\\bxox[abposr]-[\\w-]{10,}"],
		...["\\bAIza[\\w-]{20,}", "\\bnpm_[A-Za-z0-9]{20,}", "\\bpypi-[\\w-]{20,}", "\\bdckr_pat_[\\w-]{16,}"],
		...["\\bSG\\.[\\w-]{16,}\\.[\\w-]{16,}", "\\beyJ[\\w-]{10,}(?:\\.[\\w-]{10,}\\.[\\w-]*)?"],
	].join("|"),
	"g",
);
/** What begins as a JWT does and has no second part is JSON in base64; it is matched whole, so that no character is read twice. */
const hiddenToken = (all: string): string => (/^eyJ[\w-]+$/.test(all) ? all : HIDDEN);
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"']{0,100}:)([^\s/@"']+)(?=@)/gi;
const CURL_USER = /((?:^|\s)(?:-u|--user)[ =]["']?[^\s:"']{1,100}:)([^\s"']+)/gm;
const AUTHORIZATION = /(\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)([^\s"'${}<>]{6,})/gi;
/** Without the header's name: a word of letters may be one of a sentence. */
const BEARER = /(\b(?:bearer|basic)\s+)([\w.~+/=-]{12,})/gi;
/** Nothing to hide: an interpolation, a placeholder, a word of a type. */
const OPEN =
	/^[$%{<*]|^\(|\$\{|%\(|^(?:none|null|undefined|true|false|str|string|os|process|secret|secrets|env|self|this)\b/i;
/** A password as it stands: three characters, none of which interpolates. */
const PLAIN = /^[^<>${}]{3,}$/;
/** `secretName` of Kubernetes says where it is, not what. */
const SAYS_SECRET =
	"(?:secret|token|passw(?:or)?d|passphrase|api_?-?key|access_?-?key|private_?-?key|credential|auth_?key)(?!_?name\\b)";
const QUOTED = new RegExp(
	`(${SAYS_SECRET}[\\w.-]{0,60}["'\\]]{0,4}[ \\t]{0,20}(?::|=>?|:=)[ \\t]{0,20})(["'])(?!%\\()([^"'\\n$<>{}]{6,})\\2`,
	"gi",
);
/** Where a value needs no quotes; in code it would be an expression. */
const BARE = new RegExp(
	`(${SAYS_SECRET}[\\w.-]{0,60}[ \\t]{0,20}[:=][ \\t]{0,20})(?!inherit\\b)([^\\s"'#,;$<>{}()[\\]]{6,})`,
	"gi",
);
/** `password=…` within a sentence or a line of a log. */
const ASSIGNED = new RegExp(`(${SAYS_SECRET}[\\w.-]{0,60}=)([^\\s"'#,;$<>{}()[\\]…]{6,})`, "gi");
const CODE: ReadonlySet<Language> = new Set(["python", "javascript", "powershell", "markdown", "text"]);
/** What may be called so in code, where a name may be the value of another; only for a line that is shown. */
const NAMES =
	"[A-Za-z0-9_.-]*(?:pass(?:word|wd|phrase|_?code)?|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?|auth[_-]?key|dsn)(?:[_-]?[a-z0-9]{0,12})?";
/** `name=value`, `"name": "value"`, `name => value`, `--name value`. */
const NAMED = new RegExp(
	`(?<![\\w-])((?:--?)?${NAMES})(?<!name)(["'\`\\])]*\\s*(?::=|=>|==?|:)\\s*(?:[frbu]{0,2}["'\`])?|["'\`]?\\s*,\\s*["'\`]|\\s+(?=[^\\s=:]*\\d))([^\\s"'\`,;})]+)`,
	"gi",
);
/** A long value of letters and digits in an env file, whatever its name. */
const LONG =
	/^([ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=[ \t]*["']?)((?=[^\s"']*\d)(?=[^\s"']*[A-Za-z])[\w+/=-]{20,})/gm;

/** In YAML what stands for a secret would be a list. */
const YAML_LIST = /(:[ \t]+|^[ \t]*-[ \t]+)\[redacted\](?=\s|$)/gm;

/**
 * A text of a repository as others may see it: without the secrets of this process and without what looks like one, and
 * still good for every check. Lines keep their numbers.
 */
export function masked(text: string, language: Language): string {
	const clean = withoutKeys(redact(text))
		.replaceAll(TOKEN, hiddenToken)
		.replaceAll(URL_PASSWORD, hiddenPassword)
		.replaceAll(CURL_USER, hiddenPassword)
		.replaceAll(AUTHORIZATION, `$1${HIDDEN}`)
		.replaceAll(BEARER, (all, before: string, value: string) => (/^[A-Za-z]+$/.test(value) ? all : before + HIDDEN))
		.replaceAll(QUOTED, `$1$2${HIDDEN}$2`);
	const bare = CODE.has(language) ? clean : clean.replaceAll(BARE, `$1${HIDDEN}`);
	if (language === "yaml") return bare.replaceAll(YAML_LIST, `$1"${HIDDEN}"`);
	return language === "env" ? bare.replaceAll(LONG, `$1${HIDDEN}`) : bare;
}

const hiddenPassword = (all: string, before: string, value: string): string =>
	PLAIN.test(value) || !OPEN.test(value) ? before + HIDDEN : all;

/** A sentence, or a line of a log. */
export const maskedProse = (text: string): string => masked(text, "text").replaceAll(ASSIGNED, `$1${HIDDEN}`);

/** A line as a finding shows it: what may be a secret goes too, for no check looks at it again. */
export function maskedLine(line: string, language: Language): string {
	const [shown, rest] = line.length > LONGEST_LINE ? [line.slice(0, LONGEST_LINE), "…"] : [line, ""];
	const clean = masked(shown, language)
		.replaceAll(BEARER, `$1${HIDDEN}`)
		.replaceAll(NAMED, (all, name: string, between: string, value: string) =>
			OPEN.test(value) || /^[\w.]+\($/.test(value) ? all : name + between + HIDDEN,
		);
	return clean.replaceAll(HIDDEN, SHORT) + rest;
}

/** Each line between the marks of a private key; without an end, to the end of the text. */
function withoutKeys(text: string): string {
	let [clean, at] = ["", 0];
	for (const { index, 0: mark } of text.matchAll(KEY_BEGIN)) {
		if (index < at) continue; // inside of another one
		KEY_END.lastIndex = index;
		const end = KEY_END.exec(text)?.index ?? text.length;
		const begin = index + mark.length;
		clean += text.slice(at, begin) + text.slice(begin, end).replaceAll(/[^\r\n]+/g, HIDDEN);
		at = end;
	}
	return clean + text.slice(at);
}
