import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { SecretHit } from "./known-forms.ts";

const NAME =
	"(?:[A-Za-z0-9]+[_.-])*(?:pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|auth[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)";
const CAMEL = "[a-z]+(?:Password|Passwd|Secret(?:Key)?|Token|ApiKey|AccessKey|PrivateKey)";
/** A name that tells of a secret, a sign and a literal: quoted, or bare to the end of a word where settings are written. */
const ASSIGNED = new RegExp(
	`(?<![\\w$%{(.-])["'\`]?(${NAME}|${CAMEL})["'\`]?\\]?[ \\t]*(?::[ \\t]*str[ \\t]*=|[:=]>?|:=)[ \\t]*(?:(["'\`])((?:(?!\\2)[^\\n]){1,300})\\2|([^\\s"'\`,;#<>(){}[\\]|&]{1,300}))`,
	"gi",
);
/** What every one of those has: only such lines are looked at closely. */
const SUSPECT = /(?:pass|pwd|secret|token|key|credential)[\w-]*["'`]?\]?[ \t]*[:=]/gi;
/** A default of a name of the environment: `getenv("API_TOKEN", "…")`, `${API_TOKEN:-…}`. */
const DEFAULT = new RegExp(
	`(?:\\((?<=(?:env|get|config|setting)\\w*\\()\\s*["'](${NAME})["']\\s*,\\s*["']([^"'\\n]{1,300})["'])|(?:\\$\\{(${NAME}):?[-=]([^}\\s"']{1,300})\\})`,
	"gi",
);
/** The default of a field of a schema, or behind a read: `API_TOKEN: z.string().default("…")`, `process.env.API_TOKEN ?? "…"`. */
const FALLBACK = new RegExp(
	`(?<![\\w.-])["']?(${NAME})["']?[ \\t]*:[ \\t]*(?:(?:z|v|t|Type|Joi|yup)\\.[^\\n,]*?\\.default\\(|\\w+[ \\t]*=[ \\t]*Field\\((?:default[ \\t]*=)?)[ \\t]*["']([^"'\\n]{1,300})["']|(?:\\benv(?:iron)?(?:\\.get\\(|\\[|\\.)|getenv\\()[ \\t]*["']?(${NAME})["']?[)\\]]?[ \\t]*(?:\\?\\?|\\|\\||or\\b)[ \\t]*["']([^"'\\n]{1,300})["']`,
	"gi",
);
const CURL = /\b(?:curl|wget|http)\b[^\n]*?\s(?:-u|--user)[ =]["']?([\w.@-]{1,60}):([^\s"'$:@]{3,200})/g;
const BEARER = /\bBearer\s+([A-Za-z0-9._~+/-]{20,400}=*)/g;
const IN_URL =
	/(?<=\b(?!file)[a-z][a-z0-9+.-]{1,20}):\/\/([^\s/:@"'`<>{}$%]{1,60}):([^\s/@"'`<>{}$%]{3,200})@([\w.-]+)/gi;

export interface Literal {
	name: string;
	value: string;
	line: number;
	/** In quotes; bare words count in settings alone. */
	quoted: boolean;
	/** What counts where the environment lacks the name. */
	isDefault?: true;
}

const SETTINGS = new Set(["env", "ini", "yaml", "dockerfile", "shell", "batch", "toml", "nginx"]);

/** Every literal behind a name that tells of a secret, whether it is one or not. */
export const literalsIn = once((file: SourceFile): readonly Literal[] => readLiterals(file));

function readLiterals(file: SourceFile): Literal[] {
	if (!file.has(/pass|pwd|secret|token|key|credential/i)) return [];
	const settings = SETTINGS.has(file.language);
	const lines = new Set(file.matches(SUSPECT).map(({ index }) => file.lineAt(index)));
	const assigned = [...lines].flatMap((line) =>
		[...bareNames(file, line).matchAll(ASSIGNED)].flatMap(({ 1: name, 3: quoted, 4: bare }): Literal[] => {
			if (quoted === undefined && (!settings || bare === undefined)) return [];
			return [{ name: name!, value: quoted ?? bare!, line, quoted: quoted !== undefined }];
		}),
	);
	const code = file.language === "javascript" || file.language === "python" ? file.matches(FALLBACK) : [];
	const defaults = [...file.matches(DEFAULT), ...code].map(({ 1: a, 2: b, 3: c, 4: d, index }): Literal => {
		return { name: (a ?? c)!, value: (b ?? d)!, line: file.lineAt(index), quoted: true, isDefault: true };
	});
	return [...assigned, ...defaults].filter(
		({ name, value }) =>
			!isInnocentName(name) && !isOpen(value) && !isFingerprint(name, value) && plain(name) !== plain(value),
	);
}

const plain = (text: string): string => text.replaceAll(/[^a-z0-9]/gi, "").toLowerCase();

/** A line with the variables that PowerShell sets as names. */
const bareNames = ({ language, lines }: SourceFile, line: number): string =>
	language === "powershell"
		? lines[line - 1]!.replaceAll(/\$(?:(?:script|global|local|private):)?(?=\w+[ \t]*=)/gi, "")
		: lines[line - 1]!;

/** What it is called says that it is no secret: a number of tokens, a token of a model's language, the name of a file. */
const isInnocentName = (name: string): boolean =>
	/(?:^|[_.-])(?:eos|bos|pad|unk|mask|sep|cls|stop|start|end|next|page|continuation|csrf|xsrf|max|min|num|special|image|added|cache|sort|primary|foreign|partition|public|object|prev|last|sync|cancel|cancellation|bypass|com?pass|no|skip|show|hide|reset|forgot|use|with|has|is|require[sd]?)[_.-]?(?:tokens?|key|pass(?:word)?|secret|credentials?)$/i.test(
		name,
	) || /^(?:key|keys|tokens|pass|secrets|credentials?)$|::/i.test(name);

/** Of a public key: who signs. */
const isFingerprint = (name: string, value: string): boolean =>
	/sign|gpg|pgp|fingerprint|key[_-]?id$/i.test(name) && /^(?:0x)?[0-9A-F]{8,40}$/.test(value);

/** Nothing that is hidden: a variable, an expression, a placeholder, a kind, a path, a name of something. */
export function isOpen(value: string): boolean {
	const text = value.trim();
	return (
		text.length < 4 ||
		text !== value ||
		// A place in a document, a class of a module, what stands for anything.
		/^#\/|^[\w.]*\.\w+:[A-Za-z_]\w*$|0123456789|1234567890|abcdefghij|^my[-_]/i.test(text) ||
		/^(@@|__|##)\w+\1$|[$%{}<>()*\s…]|^\.{2,}|\[redacted\]|^\/|^\.{1,2}\/|^~|^https?:\/\/[^:@]*$|^[\w.-]+@[\w.-]+$/i.test(
			text,
		) ||
		/example|placeholder|your|change[-_ ]?(?:me|it|this)|replace|insert|dummy|fake|sample|redacted|x{4,}|\.{3}|-here$|_here$|goes[-_]|^todo|^tbd|^n\/?a$|not[-_]?set|optional|required/i.test(
			text,
		) ||
		/^(?:true|false|none|null|undefined|str|string|int|bool|bytes|any|file|env|vault|sensitive|hidden|text|auto|default|disabled|enabled|inherit|write|read|required|const|await|new|self|this|os|process|config|settings|secrets?)\b(?:[.\w[\]"'?!]*)$/i.test(
			text,
		) ||
		/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text)
	);
}

/** Words that programs and people begin with. */
export const COMMON = new Set(
	"minioadmin minio minio123 postgres postgresql admin admin123 administrator root toor guest password passw0rd password1 password123 secret changeme letmein qwerty 123456 12345678 123456789 rabbitmq mysql mongo redis test test123 default user pass".split(
		" ",
	),
);

/** Whether a value looks made by a machine, or by a person who wanted to be safe: several kinds of characters, many of them. */
export function isRandom(value: string): boolean {
	if (value.length < 8 || COMMON.has(value.toLowerCase()) || isPathOfWords(value)) return false;
	if (/^[0-9a-f]{16,}$/i.test(value)) return /\d/.test(value) && /[a-f]/i.test(value);
	const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
	if (
		/^[a-z]+(?:[-_.:/][a-z0-9]+)*$/i.test(value) &&
		!/\d{3,}/.test(value) &&
		value.split(/[-_.:/]/).every((word) => /^(?:[A-Za-z]?[a-z]*\d{0,2}|[A-Z]+\d{0,2}|v?\d{1,2})$/.test(word))
	)
		return false;
	return kinds >= 2 && /\d|[^\w.-]/.test(value) && entropy(value) >= (value.length >= 16 ? 3 : 2.5);
}

/** `Description.Shards[-1].ShardId`: where a value stands in an answer. */
const isPathOfWords = (value: string): boolean =>
	/^[A-Za-z]+(?:\[-?\d*\]|\.[A-Za-z]+)+$/.test(value) && /[.[]/.test(value);

/** Bits a character (Shannon). */
function entropy(text: string): number {
	const counts = Map.groupBy(text, (character) => character);
	return [...counts.values()].reduce(
		(sum, { length }) => sum - (length / text.length) * Math.log2(length / text.length),
		0,
	);
}

/** Passwords on command lines, tokens in headers. */
export function inCommands(file: SourceFile): SecretHit[] {
	const curl = file
		.matches(CURL)
		.filter(({ 2: value }) => !isOpen(value!))
		.map(({ index, 0: all }) => ({
			file,
			line: file.lineAt(index + all.length - 1),
			what: "a user and a password on a command line",
		}));
	const bearer = file
		.matches(BEARER)
		.filter(({ 1: value }) => !isOpen(value!) && isRandom(value!))
		.map(({ index }) => ({ file, line: file.lineAt(index), what: "a bearer token" }));
	return [...curl, ...bearer];
}

/** `scheme://user:password@host`, of which the caller judges the password. */
export const inUrls = (file: SourceFile): { user: string; value: string; host: string; line: number }[] =>
	file
		.matches(IN_URL)
		.flatMap(({ 1: user, 2: value, 3: host, index }) =>
			isOpen(value!) ||
			/^(?:user|username|login|name|u)$/i.test(user!) ||
			/^(?:pass|pw|p|pwd|pass(?:word|wd)|token|secret|port|key|tiger)$/i.test(value!) ||
			/^(?:host(?:name)?|server|my\w*)(?:\.|$)|(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|test)$/.test(host!)
				? []
				: [{ user: user!, value: value!, host: host!, line: file.lineAt(index) }],
		);
