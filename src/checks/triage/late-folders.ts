import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import { shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command } from "../shell/lexer.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";

export default {
	code: "TS141",
	scope: "static",
	severity: "error",
	question: "Does a script make a folder before it writes into it?",
	why: "The first write ends with `No such file or directory`: on a fresh machine or container always, on the author's never.",
	example: '`echo "$KEY" > "$RUN/tls/key.pem"` above `mkdir -p "$RUN/tls"`: move mkdir up.',
	run(tree) {
		const texts = shellTexts(tree).filter(
			({ kind, file, text }) =>
				(kind === "script" || kind === "step" || kind === "run") &&
				MAKES.test(text) &&
				standingOf(file.path) === "live" &&
				!isAside(file.path) &&
				!isTest(file.path),
		);
		return { looked: `${texts.length} scripts that make folders`, findings: texts.flatMap((text) => late(tree, text)) };
	},
} satisfies StaticCheck;

const MAKES = /\bmkdir\b|\binstall\s[^\n;&|]*-\w*d\b/;

/** The folders that a command makes, as they are written. */
function madeBy(command: Command): string[] {
	const [first, ...rest] = argumentsOf(command);
	const isInstall = first?.text === "install" && rest.some(({ text }) => /^-[a-zA-Z]*d$|^--directory$/.test(text));
	if (first?.text !== "mkdir" && !isInstall) return [];
	return rest
		.filter(
			({ text }, at) => !text.startsWith("-") && !/^-(?:o|g|m|-mode|-owner|-group)$/.test(rest[at - 1]?.text ?? ""),
		)
		.map(({ text }) => text.replace(/\/$/, ""))
		.filter((text) => /^(?:\/|\.{0,2}\w|\$)/.test(text) && !/^(?:\/|\.|\.\.|\/tmp|\/run|\/etc|\/var)$/.test(text));
}

/** What makes nothing of a folder that it names: it asks, or removes. */
const ASKS = /^(?:rm|rmdir|echo|printf|:|log|\[|\[\[|test|export|readonly|local|declare|umask|set)$/;
/** What writes at its last argument, and needs the folder of it. */
const WRITES = /^(?:tee|touch|cp|mv|ln)$/;

function late(tree: Tree, script: ShellText): Found[] {
	const { commands } = script;
	// The body of a function runs when it is called: the order of the text is not that of the run.
	if (commands.length > 2000) return [];
	const functions = rangesOfFunctions(script.text);
	const inside = (at: number): number => functions.findIndex(({ from, to }) => at > from && at < to);
	const seen = new Set<string>();
	return commands.flatMap((command, index): Found[] => {
		const at = command.words[0]?.start ?? 0;
		if (command.nested || command.depth > 0 || inside(at) !== -1) return [];
		return madeBy(command).flatMap((folder): Found[] => {
			if (seen.has(folder)) return [];
			seen.add(folder);
			const below = new RegExp(`(?<![\\w/.$}-])${RegExp.escape(folder)}(?=/)`);
			const whole = new RegExp(`(?<![\\w/.$}-])${RegExp.escape(folder)}(?![\\w.-])`);
			const first = commands.slice(0, index).find((one) => names(one, whole));
			if (first === undefined || inside(first.words[0]?.start ?? 0) !== -1 || first.nested) return [];
			const target = writtenBy(first, below);
			if (target === undefined || isThere(tree, script, folder)) return [];
			return [
				{
					message: `${script.file.path} writes ${target.text} before it makes ${folder}`,
					evidence: [script.place(target.start), script.place(at)],
					fix: { say: `make ${folder} above the first line that writes into it` },
				},
			];
		});
	});
}

const names = ({ words, writes, reads }: Command, whole: RegExp): boolean =>
	!ASKS.test(words[0]?.text ?? "") || writes.length > 0
		? [...words, ...writes, ...reads].some(({ text }) => whole.test(text) && !/^[A-Za-z_]\w*=/.test(text))
		: false;

/** The word of a file in the folder that a command writes; undefined where it names the folder otherwise. */
function writtenBy(command: Command, below: RegExp): Command["writes"][number] | undefined {
	const redirected = command.writes.find(({ text }) => below.test(text));
	if (redirected !== undefined) return redirected;
	const [first, ...rest] = argumentsOf(command);
	const last = rest.findLast(({ text }) => !text.startsWith("-"));
	return last !== undefined && WRITES.test(first!.text) && below.test(last.text) ? last : undefined;
}

/** The tree has it, or another file makes or mounts it. */
function isThere(tree: Tree, { file, text }: ShellText, folder: string): boolean {
	const path = resolved(text, folder);
	if (path === undefined) return false;
	const bare = path.replace(/^\.\//, "");
	if (!path.startsWith("/") && (tree.has(bare) || tree.paths.some((one) => one.includes(`${bare}/`)))) return true;
	const base = posix.basename(path);
	return tree.files.some(
		(one) =>
			one !== file &&
			one.language !== "markdown" &&
			standingOf(one.path) === "live" &&
			one.includes(path.startsWith("/") ? path : base) &&
			new RegExp(
				`(?:mkdir|install|VOLUME|WORKDIR|COPY|ADD|target|Directory|tmpfs|mountPath|volume|[\\w.}-]:)[^\\n]*${RegExp.escape(path)}(?![\\w.-])`,
			).test(one.text),
	);
}

/** With the variables that the script sets to literals; undefined where one is computed. */
function resolved(text: string, folder: string): string | undefined {
	let path = folder;
	for (let tries = 0; tries < 4 && path.includes("$"); tries += 1)
		path = path.replaceAll(
			/\$\{?(\w+)\}?/g,
			(whole, name: string) =>
				new RegExp(`^[ \\t]*(?:readonly |export )?${name}=["']?([^\\s"'\`()]+)["']?[ \\t]*$`, "m").exec(text)?.[1] ??
				whole,
		);
	return path.includes("$") ? undefined : path;
}

/** From the name of each function to the brace in the first column that ends it. */
const rangesOfFunctions = (text: string): { from: number; to: number }[] =>
	[...text.matchAll(/^(?:function[ \t]+)?[\w:-]+[ \t]*(?:\(\)[ \t]*)?\{(?:[^\n]*\}[ \t]*$|[^]*?^\})/gm)].map(
		({ 0: all, index }) => ({
			from: index,
			to: index + all.length,
		}),
	);
