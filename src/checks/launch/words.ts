import { parseShell, type Command } from "../shell/lexer.ts";

/** What a command line starts. */
export interface Target {
	kind: "module" | "script" | "application";
	/** `a.b.c`, or a path as it is written. */
	name: string;
	/** The `app` of `a.b:app`. */
	attribute?: string;
	/** A folder that modules are looked for in, too: `--app-dir`, `--chdir`. */
	folder?: string;
	/** The end of a path that stands somewhere else: it counts where the tree has its folder. */
	loose?: boolean;
	/** The place says which folder it starts in, which is a copy of the tree if the tree has a file of this name. */
	placed?: boolean;
	/** Run by its own first line and exec bit, not by an interpreter that is named. */
	direct?: boolean;
}

/** Programs that run the command after their options. Value: options that take one. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
	...{
		exec: /^-a$/,
		nohup: /^$/,
		sudo: /^-[ugCDhpRT]$/,
		env: /^-[uCS]$/,
		time: /^-[fo]$/,
		setsid: /^$/,
		command: /^$/,
	},
	...{ tini: /^-[pe]$/, "dumb-init": /^-r$/, catchsegv: /^$/, "xvfb-run": /^-[nsef]$/, stdbuf: /^$/, nice: /^-n$/ },
	...{ ionice: /^-[cn]$/, unbuffer: /^$/, "systemd-cat": /^-[tp]$/, chronic: /^$/, poetry: /^$/, uv: /^$/, pdm: /^$/ },
	...{ "opentelemetry-instrument": /^$/, "ddtrace-run": /^$/, start: /^$/ },
};
/** The same, with a word of their own before the command. */
const WITH_WORD = new Set(["gosu", "su-exec", "timeout", "chpst", "setpriv", "flock"]);
const PYTHON = /^(?:pypy|python)[\d.]*(?:\.exe)?$/;
const SERVERS = new Set(["uvicorn", "gunicorn", "hypercorn", "daphne", "granian"]);
const NODES = new Set(["node", "nodejs", "tsx", "ts-node", "bun"]);
const NODE_VALUE =
	/^(?:-r|--require|--import|--loader|--experimental-loader|--env-file|-C|--conditions|--tsconfig|--watch-path|-e|--eval|-p|--print)$/;
const SHELLS = new Set(["bash", "sh", "dash", "zsh"]);
const SCRIPT = /\.(?:sh|bash|py|[cm]?js|[cm]?ts|ps1|pl|rb)$/;

/** What a command of a shell starts; empty when that depends on an expansion, or is no file. */
export function targetsOf(command: Pick<Command, "words">): Target[] {
	const words = command.words.filter(({ text }, index) => index > 0 || !text.startsWith("@"));
	const first = words.findIndex(({ text }) => !/^[A-Za-z_]\w*\+?=/.test(text));
	return first === -1 ? [] : targets(words.slice(first).map(({ text }) => text));
}

/** The same, of words without quotes. */
export function targets(words: readonly string[]): Target[] {
	const [program, ...rest] = words;
	if (program === undefined) return [];
	const name = program.split(/[\\/]/).at(-1)!;
	const wrapped = unwrap(name, rest);
	if (wrapped !== undefined) return targets(wrapped);
	if (PYTHON.test(name)) return python(rest);
	if (SERVERS.has(name)) return server(rest);
	if (NODES.has(name)) return script(rest, NODE_VALUE, /^(?:-e|--eval|-p|--print|run|x|install|test|--test|watch)$/);
	if (SHELLS.has(name)) return shell(rest);
	if (name === "source" || name === ".") return script(rest, /^$/, /^$/);
	if (/^(?:pwsh|powershell)(?:\.exe)?$/i.test(name)) return powershell(rest);
	if (name === "streamlit" && rest[0] === "run") return script(rest.slice(1), /^--/, /^$/);
	if (name === "celery") return celery(rest);
	return known(program) && SCRIPT.test(program) && /[\\/]/.test(program)
		? [{ kind: "script", name: program, direct: true }]
		: [];
}

const known = (word: string): boolean => !/[$`*?{}%<>|"']|^~|:\/\//.test(word);

function unwrap(name: string, rest: readonly string[]): readonly string[] | undefined {
	const values = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
	if (values === undefined && !WITH_WORD.has(name)) return undefined;
	let at = 0;
	for (; at < rest.length; at += 1) {
		const word = rest[at]!;
		if (word === "--") continue;
		if (values?.test(word)) at += 1;
		else if (!word.startsWith("-") && !/^[A-Za-z_]\w*=/.test(word)) break;
	}
	if (/^(?:poetry|uv|pdm)$/.test(name)) return rest[at] === "run" ? rest.slice(at + 1) : undefined;
	return rest.slice(at + (WITH_WORD.has(name) ? 1 : 0));
}

function python(rest: readonly string[]): Target[] {
	for (let at = 0; at < rest.length; at += 1) {
		const word = rest[at]!;
		if (word === "-m") return module(rest[at + 1], rest.slice(at + 2));
		if (word === "-c" || word === "-") return [];
		if (/^-[WX]$/.test(word)) at += 1;
		else if (!word.startsWith("-")) return file(word, SCRIPT);
	}
	return [];
}

function module(name: string | undefined, rest: readonly string[]): Target[] {
	if (name === undefined || !/^[A-Za-z_][\w.]*$/.test(name)) return [];
	if (SERVERS.has(name)) return server(rest);
	return [{ kind: "module", name }];
}

function server(rest: readonly string[]): Target[] {
	const app = rest.find((word) => /^[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?$/.test(word) && !/^\w+:\d+$/.test(word));
	if (app === undefined) return [];
	const [name, attribute] = app.split(":");
	const at = rest.findIndex((word) => /^(?:--app-dir|--chdir|--pythonpath)(?:=|$)/.test(word));
	const folder = at === -1 ? undefined : (rest[at]!.split("=")[1] ?? rest[at + 1]);
	return [
		{
			kind: "application",
			name: name!,
			attribute: attribute!.replace("()", ""),
			...(folder === undefined ? {} : { folder }),
		},
	];
}

function celery(rest: readonly string[]): Target[] {
	const at = rest.findIndex((word) => word === "-A" || word === "--app");
	const name = rest[at + 1];
	return at === -1 || name === undefined || !/^[A-Za-z_][\w.]*$/.test(name) ? [] : [{ kind: "module", name }];
}

function script(rest: readonly string[], values: RegExp, none: RegExp): Target[] {
	for (let at = 0; at < rest.length; at += 1) {
		const word = rest[at]!;
		if (none.test(word)) return [];
		if (values.test(word)) at += 1;
		else if (!word.startsWith("-")) return file(word);
	}
	return [];
}

function shell(rest: readonly string[]): Target[] {
	for (let at = 0; at < rest.length; at += 1) {
		const word = rest[at]!;
		if (/^-[a-z]*c$/.test(word))
			return known(rest[at + 1] ?? "$") || / /.test(rest[at + 1] ?? "") ? inline(rest[at + 1]!) : [];
		if (/^-[a-z]*s$/.test(word)) return [];
		if (/^[-+]o$/.test(word)) at += 1;
		else if (!/^[-+]/.test(word)) return file(word);
	}
	return [];
}

/** Paths after a `cd` are another folder's. */
const inline = (text: string): Target[] => {
	const found = parseShell(text).commands.flatMap(targetsOf);
	return /\bcd\s/.test(text) ? found.filter(({ kind, name }) => kind !== "script" || name.startsWith("/")) : found;
};

function powershell(rest: readonly string[]): Target[] {
	const at = rest.findIndex((word) => /^-f(?:ile)?$/i.test(word));
	return at === -1 ? [] : file(rest[at + 1] ?? "", SCRIPT);
}

const file = (name: string, only = /./): Target[] =>
	known(name) && only.test(name) && name !== "" && !/^(?:-|\/dev\/|\/proc\/)/.test(name)
		? [{ kind: "script", name }]
		: [];
