import { posix } from "node:path";
import type { Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { foldersOf } from "../workflows/folders.ts";
import { counted } from "../workflows/model.ts";
import { scriptsOf, typed, type StepScript } from "../workflows/script.ts";

interface Rule {
	command: RegExp;
	/** Files of which one must be there. */
	locks: readonly string[];
	instead: string;
	/** A file that makes the command respect the lock. */
	unless?: string;
}

const RULES: readonly Rule[] = [
	{
		command: /^npm (?:install|i)(?: --?(?!global\b|g\b|package-lock-only|save|prefix)[\w-]+(?:=\S+)?)*$/,
		locks: ["package-lock.json", "npm-shrinkwrap.json"],
		instead: "npm ci",
	},
	{
		command: /^yarn(?: install)?(?: --(?!frozen-lockfile|immutable)[\w-]+)*$/,
		locks: ["yarn.lock"],
		instead: "yarn install --frozen-lockfile",
		unless: ".yarnrc.yml",
	},
	{
		command: /^pnpm (?:install|i)\b.*--no-frozen-lockfile/,
		locks: ["pnpm-lock.yaml"],
		instead: "pnpm install --frozen-lockfile",
	},
	{
		command: /^bun install(?: --(?!frozen-lockfile)[\w-]+)*$/,
		locks: ["bun.lock", "bun.lockb"],
		instead: "bun install --frozen-lockfile",
	},
	{
		command:
			/^(?:python[\d.]* -m )?(?:uv )?pip3? install (?!.*(?:--require-hashes|\.lock|lock\.txt)).*(?:-r|--requirement)[ =]?\S*requirements\.(?:txt|in)\b/,
		locks: ["requirements.lock", "requirements.lock.txt", "requirements-lock.txt"],
		instead: "pip install -r the lock file",
	},
	{
		command: /^pipenv install(?: --(?!deploy|ignore-pipfile)[\w-]+)*$/,
		locks: ["Pipfile.lock"],
		instead: "pipenv sync",
	},
];

export default {
	code: "TS220",
	scope: "static",
	severity: "warning",
	question: "Does CI install what the lock file names?",
	why: "An install that may change the lock gives the same commit other packages tomorrow, and hides that the lock is out of date.",
	example: "`npm install` beside a package-lock.json; `npm ci` takes exactly the lock and fails when it does not fit.",
	run(tree) {
		return { looked: counted(tree), findings: scriptsOf(tree).flatMap((script) => ignoring(script, tree)) };
	},
} satisfies StaticCheck;

function ignoring(script: StepScript, tree: Tree): Found[] {
	const folders = foldersOf(script);
	return script.commands.flatMap((command): Found[] => {
		const text = typed(command);
		const folder = folders.get(command);
		const prefix =
			/\s--prefix[ =](\S+)/.exec(text)?.[1] ?? /^(?:npm|yarn|pnpm) (?:-C|--dir|--cwd)[ =](\S+)/.exec(text)?.[1];
		const bare = text.replace(/\s--prefix[ =]\S+/, "").replace(/^(npm|yarn|pnpm) (?:-C|--dir|--cwd)[ =]\S+/, "$1");
		const at = folder === undefined ? undefined : posix.join(folder, prefix ?? "");
		if (at === undefined) return [];
		const rule = RULES.find(({ command: pattern }) => pattern.test(bare));
		const lock = rule?.locks.map((name) => posix.join(at, name)).find((path) => tree.has(path));
		if (
			rule === undefined ||
			lock === undefined ||
			(rule.unless !== undefined && tree.has(posix.join(at, rule.unless)))
		)
			return [];
		return [
			{
				message: `\`${bare.slice(0, 80)}\` in step "${script.step.title}" may leave ${lock} aside`,
				evidence: [
					script.place(command.words[0]!.start),
					...(tree.file(lock) === undefined ? [] : [tree.file(lock)!.place(1)]),
				],
				fix: { say: `write ${rule.instead}` },
			},
		];
	});
}
