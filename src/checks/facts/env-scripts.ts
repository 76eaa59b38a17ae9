import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { literalIn, plainValue, statement, type EnvStatement } from "./env-statement.ts";

const SHELL_SET =
	/(?:^|[;&|(]|\b(?:export|readonly|local|declare|typeset|env|then|do|else)(?:\s+-\w+)*)[ \t]*([A-Z][A-Z0-9_]*)\+?=("[^"\n]*"|'[^'\n]*'|[^\s;&|)]*)/gm;
const SHELL_READ =
	/(?<!\\)\$(?:\{([A-Z][A-Z0-9_]*)(?![A-Z0-9_[])(?:(:?[-=?+])([^}\n]{0,300})|[^}\n]{0,100})\}|([A-Z][A-Z0-9_]*))/g;
const SHELL_TAKEN = /\b(?:read(?:\s+-\w+)*|for|printenv|unset|mapfile|getopts\s+\S+)\s+([A-Z][A-Z0-9_]*)/g;
/** Given to a container or a process: `docker run -e X=1`. */
const OPTION =
	/(?:^|\s)(?:-e|--env|--build-arg|--set-env-vars?)(?:\s+|=)["']?([A-Z][A-Z0-9_]*)(?:=("[^"\n]*"|'[^'\n]*'|[^\s"'\\]*))?/g;
/** Whose `-e` is no name of the environment: fish's `set -e X`, `test -e X`, `grep -e X`. */
const OTHER_OPTION = /(?:\b(?:set|test|e?grep|rg|sed|echo|printf|read)|\[|!)(?:\s+-\w+)*\s*$/;
const POWERSHELL_SET =
	/\$\{?env:([A-Za-z_]\w*)\}?\s*=(?!=)\s*([^\n]*)|SetEnvironmentVariable\(\s*["'](\w+)["']\s*,\s*([^\n]*)/gi;
const POWERSHELL_READ =
	/\$\{?env:([A-Za-z_]\w*)\b\}?(?!\s*=[^=])(?:\s*\?\?\s*([^\n]*))?|\bEnvironmentVariable\(\s*["'](\w+)["']|\b\w*[Ee]nv\w*\s+(?:-Name\s+)?["']([A-Z][A-Z0-9_]+)["'](?:\s+(?:-Default\w*\s+)?(["'][^"'\n]*["']))?/g;
const BATCH_SET = /^[ \t]*@?set\s+"?([A-Za-z_]\w*)=([^"\r\n]*)/gim;
const BATCH_READ = /%([A-Z][A-Z0-9_]*)%/g;

/** Names of the environment in shell, PowerShell and batch files. */
export function envInScripts(file: SourceFile): EnvStatement[] {
	if (file.language === "shell") return shellStatements(file, file.text, 0);
	if (file.language === "powershell") return powershell(file);
	return file.language === "batch" ? batch(file) : [];
}

/** Of a shell text that begins at `offset` of the file; what the text itself sets, it does not read from outside. */
export function shellStatements(file: SourceFile, text: string, offset: number, block = ""): EnvStatement[] {
	if (!/[A-Z]/.test(text)) return [];
	const lineOf = (at: number): number => file.lineAt(offset + at);
	const asked = new Set([...text.matchAll(/-[nz]\s+"?\$\{?([A-Z_][A-Z0-9_]*)/g)].map(([, name]) => name!));
	const strict = /^[ \t]*set\s+-\w*u/m.test(text);
	const options = [...text.matchAll(OPTION)].filter(
		({ index }) => !OTHER_OPTION.test(text.slice(Math.max(0, index - 40), index)),
	);
	const sets = [...text.matchAll(SHELL_SET), ...options].map(({ 0: all, 1: name, 2: value, index }) => {
		const at = index + all.indexOf(name!);
		return {
			at,
			said: statement({
				name: name!,
				how: "sets",
				value: value === undefined ? undefined : plainValue(value),
				file,
				line: lineOf(at),
				block,
			}),
		};
	});
	const own = new Set([
		...sets.map(({ said }) => said.name),
		...[...text.matchAll(SHELL_TAKEN)].map(([, name]) => name!),
	]);
	const reads = [...text.matchAll(SHELL_READ)].flatMap(
		({ 1: braced, 2: operator = "", 3: word = "", 4: plain, index }) => {
			const name = (braced ?? plain)!;
			const defaulted = /[-=+]/.test(operator) || asked.has(name);
			if (name.length < 3 || (own.has(name) && !defaulted)) return [];
			const value = /[-=]/.test(operator) ? plainValue(word) : undefined;
			const needed = operator.includes("?") || (strict && !defaulted);
			return [
				{
					at: index,
					said: statement({ name, how: "reads", value, defaulted, needed, file, line: lineOf(index), block }),
				},
			];
		},
	);
	return [...sets, ...reads]
		.filter(({ at }) => file.language !== "shell" || !isComment(file, offset + at))
		.map(({ said }) => said);
}

function powershell(file: SourceFile): EnvStatement[] {
	const sets = file.matches(POWERSHELL_SET).map(({ 1: name, 2: value, 3: called, 4: given, index }) => {
		const literal = literalIn(value ?? given ?? "");
		const dollar = literal?.includes("$") === true;
		return {
			at: index,
			said: statement({
				name: (name ?? called)!,
				how: "sets",
				value: dollar ? undefined : literal,
				file,
				line: file.lineAt(index),
			}),
		};
	});
	const reads = file.matches(POWERSHELL_READ).map(({ 1: name, 2: or, 3: called, 4: helper, 5: given, index }) => {
		const literal = or ?? given;
		const value = literal === undefined ? undefined : literalIn(literal);
		return {
			at: index,
			said: statement({
				name: (name ?? called ?? helper)!,
				how: "reads",
				value,
				defaulted: literal !== undefined,
				file,
				line: file.lineAt(index),
			}),
		};
	});
	return [...sets, ...reads].filter(({ at }) => !isComment(file, at)).map(({ said }) => said);
}

function batch(file: SourceFile): EnvStatement[] {
	const sets = file.matches(BATCH_SET).map(({ 0: all, 1: name, 2: value, index }) => {
		const line = file.lineAt(index + all.indexOf("s"));
		return statement({
			name: name!,
			how: "sets",
			value: plainValue(value!),
			file,
			line,
			comment: isComment(file, index + all.search(/\S/)),
		});
	});
	const own = new Set(sets.map(({ name }) => name));
	const reads = file
		.matches(BATCH_READ)
		.flatMap(({ 1: name, index }) =>
			own.has(name!)
				? []
				: [statement({ name: name!, how: "reads", file, line: file.lineAt(index), comment: isComment(file, index) })],
		);
	return [...sets, ...reads].filter(({ comment }) => !comment);
}
