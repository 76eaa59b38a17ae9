import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { shellStatements } from "./env-scripts.ts";
import { plainValue, statement, type EnvStatement } from "./env-statement.ts";
import { writtenEnv } from "./env-written.ts";
import { mergedOutlineOf } from "./outline-aliases.ts";
import type { OutlineLine } from "./outline.ts";

/** Names of the environment in settings: `.env` files, process managers, compose, workflows, Dockerfiles, TOML, JSON. */
export function envInConfig(file: SourceFile): EnvStatement[] {
	if (file.language === "env") return dotenv(file);
	if (file.language === "ini") return ini(file);
	if (file.language === "yaml") return yaml(file);
	if (file.language === "dockerfile") return dockerfile(file);
	return file.language === "toml" || file.language === "json" ? pairs(file) : [];
}

/** A name behind a single # is an offer of a default: documented, not set. */
function dotenv(file: SourceFile): EnvStatement[] {
	return file.lines.flatMap((text, index) => {
		const found = /^\s*(#\s?)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(text);
		if (!found || (found[1] !== undefined && !/^[A-Z][A-Z0-9_]*$/.test(found[2]!))) return [];
		const raw = found[3]!.replace(/(?<=^|\s)#.*$/, "");
		return [
			statement({
				name: found[2]!,
				how: "sets",
				value: plainValue(raw),
				file,
				line: index + 1,
				comment: found[1] !== undefined,
			}),
		];
	});
}

const PAIR = /(?<=^|[\s,=])([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,\r\n]*)/g;

/** Supervisor's `environment=A="1",B=%(ENV_C)s`, over several lines; systemd's `Environment=A=1`. */
function ini(file: SourceFile): EnvStatement[] {
	if (!file.has(/environment|%\(ENV_/i)) return [];
	const found: EnvStatement[] = [];
	let [block, inside] = ["", false];
	for (const [index, text] of file.lines.entries()) {
		if (/^\s*[;#]/.test(text)) continue;
		const section = /^\s*\[([^\]]+)\]/.exec(text)?.[1];
		if (section !== undefined) [block, inside] = [section, false];
		const key = /^\s*([A-Za-z_.-]+)\s*=(.*)$/.exec(text);
		const starts = /^environment$/i.test(key?.[1] ?? "");
		if (starts) inside = true;
		else if (!/^\s+\S/.test(text)) inside = false;
		const line = index + 1;
		for (const [, name] of text.matchAll(/%\(ENV_(\w+)\)s/g))
			found.push(statement({ name: name!, how: "reads", needed: true, file, line, block }));
		if (!inside) continue;
		const list = starts ? key![2]! : text;
		for (const [, name, value] of list.replace(/(?<=\s);.*$/, "").matchAll(PAIR))
			found.push(statement({ name: name!, how: "sets", value: plainValue(value!.trim()), file, line, block }));
	}
	return found;
}

const BLOCKS = new Set(["environment", "env", "vars", "variables", "env_vars", "build-args", "args", "envs"]);

function yaml(file: SourceFile): EnvStatement[] {
	if (!file.has(/\$|env|vars|variables|args|-e [A-Z]/i)) return [];
	const outline = mergedOutlineOf(file);
	const found = [...outline.flatMap((one, at) => yamlLine(file, one, outline[at + 1])), ...writtenEnv(file, outline)];
	const once = new Map<string, EnvStatement>();
	for (const one of found) {
		const key = `${one.name} ${one.how} ${one.line}`;
		// A line that a service merges in is the service's.
		const known = once.get(key);
		if (known === undefined || (!known.block.startsWith("services.") && one.block.startsWith("services.")))
			once.set(key, one);
	}
	return [...once.values()];
}

function yamlLine(file: SourceFile, one: OutlineLine, next: OutlineLine | undefined): EnvStatement[] {
	const { path, value, line, block } = one;
	const raw = file.lines[line - 1]!;
	const within = path
		.slice(
			0,
			path.findLastIndex((key) => BLOCKS.has(key)),
		)
		.filter((key) => key !== "-")
		.join(".");
	if (block) return /^\s*#/.test(raw) ? [] : [...shellLine(file, raw, line, within), ...inBuildArgs(file, one, within)];
	const set = yamlSet(one, next);
	const sets = set ? [statement({ ...set, how: "sets", value: plainValue(set.value), file, line, block: within })] : [];
	const reads = shellLine(file, raw, line, within).filter(({ how }) => how === "reads");
	return [...sets, ...reads, ...(path.at(-1) === "run" ? shellLine(file, value, line, within) : [])];
}

/** `build-args: |` of a workflow is a list of `NAME=value`. */
function inBuildArgs(file: SourceFile, { path, value, line }: OutlineLine, block: string): EnvStatement[] {
	const pair = path.at(-1) === "build-args" ? /^([A-Z]\w*)=(.*)$/.exec(value) : null;
	return pair ? [statement({ name: pair[1]!, how: "sets", value: plainValue(pair[2]!), file, line, block })] : [];
}

/** `X: 1`, `- X=1` and `- name: X` with a value below it, inside of a block of the environment. */
function yamlSet(
	{ path, value }: OutlineLine,
	next: OutlineLine | undefined,
): { name: string; value: string } | undefined {
	const own = path.at(-1)!;
	const parent = path.at(-2) ?? "";
	if (BLOCKS.has(parent) && own === "-") {
		const pair = /^["']?([A-Za-z_]\w*)(?:=(.*?)|:\s*(.*?))?["']?$/.exec(value);
		return pair ? { name: pair[1]!, value: pair[2] ?? pair[3] ?? "$computed" } : undefined;
	}
	if (own === "name" && parent === "-" && BLOCKS.has(path.at(-3) ?? "") && /^[A-Z_]\w*$/i.test(value)) {
		const given = next?.path.at(-1) === "value" ? next.value : "$computed";
		return { name: value, value: given };
	}
	return BLOCKS.has(parent) && /^[A-Za-z_]\w*$/.test(own) && own !== "-"
		? { name: own, value: value === "" ? "$empty" : value }
		: undefined;
}

/** Compose's and a shell's `${X:-default}` in one line of YAML. Expressions of workflows are none. */
function shellLine(file: SourceFile, raw: string, line: number, block: string): EnvStatement[] {
	if (!/[$=]|-e /.test(raw)) return [];
	const text = raw.replaceAll(/\$\{\{.*?\}\}/g, "$computed").replaceAll("$$", "$");
	return shellStatements(file, text, 0, block).map((one) => ({ ...one, line }));
}

function dockerfile(file: SourceFile): EnvStatement[] {
	const found: EnvStatement[] = [];
	let instruction = "";
	for (const [index, text] of file.lines.entries()) {
		if (/^\s*#/.test(text)) continue;
		const start = /^\s*([A-Za-z]+)\s+(.*)$/.exec(text);
		const continues = instruction !== "";
		if (!continues) instruction = start?.[1]?.toUpperCase() ?? "";
		const body = continues ? text : (start?.[2] ?? "");
		const line = index + 1;
		if (instruction === "ENV" || instruction === "ARG") found.push(...dockerSets(file, body, line, instruction));
		else
			found.push(
				...shellStatements(file, body, 0)
					.map((one) => ({ ...one, line }))
					.filter(({ how }) => how === "reads"),
			);
		if (!/\\\s*$/.test(text)) instruction = "";
	}
	return found;
}

function dockerSets(file: SourceFile, body: string, line: number, block: string): EnvStatement[] {
	const pairs = [...body.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s\\]*)/g)];
	const old = /^([A-Za-z_]\w*)(?:\s+([^\\]*))?\s*\\?$/.exec(body);
	const sets =
		pairs.length > 0
			? pairs.map(([, name, value]) => [name!, value!] as const)
			: old
				? [[old[1]!, old[2] ?? "$computed"] as const]
				: [];
	return sets.map(([name, value]) => statement({ name, how: "sets", value: plainValue(value), file, line, block }));
}

/** `NAME = "value"` and `"NAME": "value"`, in capitals alone: settings of platforms, tasks of editors. */
function pairs(file: SourceFile): EnvStatement[] {
	return [
		...file.text.matchAll(/^[ \t]*"?([A-Z][A-Z0-9]*_[A-Z0-9_]+)"?\s*[:=]\s*("[^"\n]*"|'[^'\n]*'|[\w.-]+)/gm),
	].flatMap(({ 0: all, 1: name, 2: value, index }) => {
		const at = index + all.indexOf(name!);
		if (file.language === "toml" && isComment(file, at)) return [];
		return [statement({ name: name!, how: "sets", value: plainValue(value!), file, line: file.lineAt(at) })];
	});
}
