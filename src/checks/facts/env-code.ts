import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { handedReads } from "./env-handed.ts";
import { literalIn, statement, type EnvStatement } from "./env-statement.ts";

const CALL = /\(\s*["'`]([A-Z][A-Z0-9_]{2,})["'`]\s*([,)])/g;
/** What reads the environment, looked for backwards from its bracket. */
const CALLEE = /\((?<=(?:[eE]nv\w*(?:\.(?:get|pop|setdefault|str|int|bool|float|list|url))?|ENV\w*\.get|\bconfig)\()/y;
const SETS = /setdefault\(|\b(?:setenv|set_env|setEnv|putenv)\(/;
const NEEDS = /(?:require|must|needed)\w*$/i;
const PYTHON_INDEX = /\benviron\s*\[\s*["'](\w+)["']\s*\]/g;
const ALIAS = /\b(?:alias|validation_alias|env|envvar|env_var|envVar)\s*[=:]\s*\[?\s*["']([A-Z][A-Z0-9_]{2,})["']/g;
const SCRIPT_DOT = /\b(?:process\.env|import\.meta\.env|Bun\.env)(?:\.([A-Z_]\w*)|\[\s*["']([A-Z_]\w*)["']\s*\])/g;
const SCRIPT_TAKEN = /\{([^{}]*)\}\s*=\s*(?:process|import\.meta|Bun)\.env\b/g;

const isGo = ({ path }: SourceFile): boolean => path.endsWith(".go");
/** A schema of Prisma, which demands what it names. */
const isPrisma = ({ path }: SourceFile): boolean => path.endsWith(".prisma");

/** Reads and writes of the environment in Python, JavaScript, Go and Prisma's schemas. */
export function envInCode(file: SourceFile): EnvStatement[] {
	if (file.language !== "python" && file.language !== "javascript" && !isGo(file) && !isPrisma(file)) return [];
	if (!file.has(/env|BaseSettings/i)) return [];
	const found = [
		...calls(file),
		...aliases(file),
		...schemas(file),
		...handedReads(file),
		...(file.language === "python" ? [...indexes(file), ...settings(file)] : scripts(file)),
	];
	const live = found.filter(({ at }) => !isComment(file, at));
	return live.map((said) => statement({ ...said, file, line: file.lineAt(said.at) }));
}

type Said = Omit<Partial<EnvStatement>, "file" | "line"> & Pick<EnvStatement, "name" | "how"> & { at: number };

function calls(file: SourceFile): Said[] {
	const own = readersIn(file);
	const [maySet, mayNeed] = [file.mayMatch(SETS), file.mayMatch(NEEDS)];
	return file.matches(CALL).flatMap(({ 0: call, 1: name, 2: next, index: at }): Said[] => {
		CALLEE.lastIndex = at;
		const isKnown = CALLEE.test(file.text);
		if (!isKnown && own.size === 0) return [];
		const callee = file.text.slice(Math.max(0, at - 40), at);
		if (!isKnown && !own.has(/(?<![\w.])\w+$/.exec(callee)?.[0] ?? "")) return [];
		const rest = file.text.slice(at + call.length, at + call.length + 300);
		const sets = maySet && SETS.test(callee + call);
		const said = next === "," ? argument(rest) : undefined;
		const behind = next === ")" ? fallback(rest) : undefined;
		const value = said?.value ?? behind?.value;
		const defaulted = said !== undefined || behind !== undefined;
		const needed = isPrisma(file) || (mayNeed && NEEDS.test(callee));
		return [{ name: name!, how: sets ? "sets" : "reads", value, defaulted, needed, at }];
	});
}

/** `def _int(name, default): … os.environ.get(name)`, `const num = (name: string) => … process.env[name]`. */
const READER =
	/^[ \t]*(?:def (\w+)\((\w+)\b[^\n]*|(?:export )?(?:const (\w+) = |function (\w+))\((\w+)\b[^\n]*)((?:\n[ \t]+[^\n]*){0,6})/gm;

const LOOKS_UP = /(?:environ\.get\(|getenv\(|environ\[|process\.env\[)\s*(\w+)/g;

/** The functions of a file that read the name that they are given first. */
function readersIn(file: SourceFile): ReadonlySet<string> {
	if (!file.has(LOOKS_UP)) return new Set();
	return new Set(
		file
			.matches(READER)
			.flatMap(({ 0: all, 1: python, 2: first, 3: arrow, 4: named, 5: given }) =>
				[...all.matchAll(LOOKS_UP)].some(([, name]) => name === (first ?? given)) ? [(python ?? arrow ?? named)!] : [],
			),
	);
}

/** The second argument: the default, by position or by name. Other named ones, such as `cast=int`, are none. */
function argument(rest: string): { value: string | undefined } | undefined {
	const named =
		rest.includes("default") || rest.includes("fallback")
			? /^[^()]*?\b(?:default|fallback)\s*[=:]\s*([^\n]*)/.exec(rest)
			: null;
	if (named) return { value: literalIn(named[1]!) };
	if (/^\s*\w+\s*=[^=]/.test(rest) || /^\s*\)/.test(rest)) return undefined;
	return { value: literalIn(rest) };
}

/** `or "x"`, `?? "x"`, `|| "x"` behind a read. */
function fallback(rest: string): { value: string | undefined } | undefined {
	const found = /^\)?\s*(?:or\b|\?\?|\|\|)\s*([^\n]*)/.exec(rest);
	return found ? { value: literalIn(found[1]!) } : undefined;
}

const aliases = (file: SourceFile): Said[] =>
	file.matches(ALIAS).map(({ 1: name, index }) => {
		return { name: name!, how: "reads", defaulted: true, at: index };
	});

function indexes(file: SourceFile): Said[] {
	return file.matches(PYTHON_INDEX).map(({ 0: all, 1: name, index }) => {
		const rest = file.text.slice(index + all.length, index + all.length + 200);
		const set = /^\s*(?:\|=|=(?!=))\s*([^\n]*)/.exec(rest);
		if (set) return { name: name!, how: "sets", value: literalIn(set[1]!), at: index };
		const optional = new RegExp(`["']${name!}["']\\s+(?:not\\s+)?in\\s+(?:os\\.)?environ|except\\s+KeyError`).test(
			file.text,
		);
		return { name: name!, how: "reads", needed: !optional, defaulted: optional, at: index };
	});
}

/** `PORT: z.coerce.number().default(8080)`, `DATABASE_URL: str()`: a schema of the environment. */
const SCHEMA =
	/^[ \t]*["']?([A-Z][A-Z0-9_]{2,})["']?[ \t]*:[ \t]*((?:z|v|t|Type|Joi|joi|yup|s)\.|(?:str|num|bool|port|url|email|host|json)\()/gm;
const OF_ENVIRONMENT = /process\.env\b|ProcessEnv\b|import\.meta\.env\b|\bcleanEnv\(|\bcreateEnv\(|\bBun\.env\b/;

function schemas(file: SourceFile): Said[] {
	if (file.language !== "javascript" || !file.has(OF_ENVIRONMENT)) return [];
	return file.matches(SCHEMA).map(({ 0: all, 1: name, index }) => {
		const rest = /^[^\n]*(?:\n[ \t]+\.[^\n]*)*/.exec(file.text.slice(index + all.length, index + all.length + 600))![0];
		const given = /\.default\(\s*([^)\n]*)\)|\bdefault:\s*([^,}\n]+)/.exec(rest);
		const defaulted = given !== null || /\.(?:optional|nullish|catch)\(/.test(rest);
		const value = given === null ? undefined : literalIn((given[1] ?? given[2])!);
		return { name: name!, how: "reads", value, defaulted, needed: !defaulted, at: index + all.indexOf(name!) };
	});
}

const SETTINGS = /^class \w+\([^)\n]*BaseSettings[^)\n]*\):[^\n]*\n((?:[ \t][^\n]*(?:\n|(?![^]))|\n)+)/gm;
const FIELD = /^[ \t]+([a-z][a-z0-9_]*)[ \t]*:[ \t]*(?!ClassVar)[^=\n]+?(?:=[ \t]*([^\n]+))?$/gm;

/** The fields of pydantic's class of settings are names of the environment, in any case. */
function settings(file: SourceFile): Said[] {
	if (!file.includes("BaseSettings")) return [];
	return file.matches(SETTINGS).flatMap(({ 0: all, 1: body, index }) => {
		const prefix = /env_prefix["']?\s*[=:]\s*["'](\w+)["']/.exec(body!)?.[1] ?? "";
		const start = index + all.length - body!.length;
		const margin = /^[ \t]*/.exec(body!)![0];
		return [...body!.matchAll(FIELD)].flatMap(({ 0: line, 1: name, 2: given, index: at }): Said[] => {
			// Deeper lines are parameters of its methods, and what they hold.
			if (/^[ \t]*/.exec(line)![0] !== margin) return [];
			if (name === "model_config" || /alias|\benv\s*=/.test(given ?? "") || /^\s+(?:return|if|for|def)\b/.test(line))
				return [];
			const literal = given === undefined ? undefined : literalIn(/\bdefault\s*=\s*(.*)/.exec(given)?.[1] ?? given);
			const needed = given === undefined && !/\| None|Optional\[/.test(line);
			const said = { name: `${prefix}${name!}`.toUpperCase(), how: "reads" as const, value: literal };
			return [{ ...said, defaulted: !needed, needed, at: start + at + line.search(/\S/) }];
		});
	});
}

function scripts(file: SourceFile): Said[] {
	const dots = file.matches(SCRIPT_DOT).map(({ 0: all, 1: dot, 2: index2, index }): Said => {
		const rest = file.text.slice(index + all.length, index + all.length + 200);
		const name = (dot ?? index2)!;
		const set = /^\s*(?:\?\?=|\|\|=|=(?![=>]))\s*([^\n]*)/.exec(rest);
		if (set) return { name, how: "sets", value: literalIn(set[1]!), at: index };
		const found = fallback(rest.replace(/^!/, ""));
		return {
			name,
			how: "reads",
			value: found?.value,
			defaulted: found !== undefined,
			needed: rest.startsWith("!"),
			at: index,
		};
	});
	const taken = file.matches(SCRIPT_TAKEN).flatMap(({ 1: inside, index }) =>
		inside!.split(",").flatMap((one): Said[] => {
			const part = /^\s*([A-Z][A-Z0-9_]+)\s*(?::\s*\w+)?\s*(?:=\s*(.*))?$/s.exec(one);
			if (!part) return [];
			return [
				{
					name: part[1]!,
					how: "reads",
					value: part[2] === undefined ? undefined : literalIn(part[2]),
					defaulted: part[2] !== undefined,
					at: index,
				},
			];
		}),
	);
	return [...dots, ...taken];
}
