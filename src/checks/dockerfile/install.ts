import type { Command } from "../shell/lexer.ts";

interface Install {
	tool: "apt" | "pip" | "npm" | "other";
	/** As it was typed: `apt-get install`. */
	called: string;
	/** What stands after `install`. */
	rest: readonly string[];
}

const SKIP = /^(?:sudo|exec|env|nice|time|command|[A-Za-z_]\w*=.*)$/;

/** Whether a command installs packages, and how. */
export function installOf({ words }: Pick<Command, "words">): Install | undefined {
	const texts = words.map(({ text }) => text);
	const from = texts.findIndex((text) => !SKIP.test(text));
	if (from === -1) return undefined;
	const [program = "", ...rest] = texts.slice(from);
	const name = program.split("/").at(-1)!;
	const python = /^python[\d.]*$/.test(name) && rest[0] === "-m" && rest[1] === "pip";
	const uv = name === "uv" && rest[0] === "pip";
	const args = python ? rest.slice(2) : uv ? rest.slice(1) : rest;
	const at = args.findIndex((word) => /^(?:install|ci|add|sync|i)$/.test(word));
	if (at === -1) return name === "yarn" && args.length === 0 ? { tool: "npm", called: "yarn", rest: [] } : undefined;
	const of = (tool: Install["tool"]): Install => ({
		tool,
		called: `${name}${python ? " -m pip" : uv ? " pip" : ""} ${args[at]!}`,
		rest: args.slice(at + 1),
	});
	if (/^(?:apt|apt-get|aptitude)$/.test(name) && args[at] === "install") return of("apt");
	if (python || uv || /^pip[\d.]*$/.test(name))
		return args[at] === "install" || args[at] === "sync" ? of("pip") : undefined;
	if (/^(?:npm|pnpm|yarn|bun)$/.test(name)) return of("npm");
	if (/^(?:apk|dnf|yum|microdnf|conda|mamba|micromamba|gem|cargo|poetry|pipenv|uv|go|tdnf|zypper)$/.test(name))
		return of("other");
	return undefined;
}
