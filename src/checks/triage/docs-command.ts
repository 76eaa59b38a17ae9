import type { SourceFile } from "../tree/source-file.ts";
import { scriptNamesOf } from "../javascript/scripts.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { hasModule, isThere, normal, folderOf } from "../claims/paths.ts";
import { missingTargets } from "../claims/make-targets.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { programRun, unknownOption } from "../python/parsers.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS454",
	scope: "static",
	severity: "warning",
	question: "Does every command that the documents show work: its script, its target, its module, its options?",
	why: "A reader types it and gets an error; often the code was changed and the document was not.",
	example: "`npm run start:all` in README.md, and package.json has no such script; write one that exists.",
	run(tree) {
		const documents = tree.in("markdown").filter(({ path }) => standingOf(path) === "docs");
		const findings = documents.flatMap((file) => [
			...scripts(tree, file),
			...missingTargets(tree, file).flatMap(({ name, at, known }) => {
				const line = lineOfCode(file, at);
				const what = `make ${name}\`, and no Makefile has the target`;
				return line === undefined
					? []
					: [found(file, line, what, `write a target that exists: ${known.slice(0, 16).join(", ")}`)];
			}),
			...modules(tree, file),
			...options(tree, file),
			...moduleOptions(tree, file),
			...parameters(tree, file),
		]);
		return {
			looked: `${documents.length} documents`,
			findings: [...new Map(findings.map((one) => [one.message, one])).values()],
		};
	},
} satisfies StaticCheck;

/** Each match that stands in code. */
function* shown(file: SourceFile, pattern: RegExp): Generator<{ match: RegExpExecArray; line: number }> {
	for (const match of file.matches(pattern)) {
		const line = lineOfCode(file, match.index, match[0].length);
		if (line !== undefined) yield { match, line };
	}
}

/** The line of a text of `length` at an offset, where that stands in code. */
function lineOfCode(file: SourceFile, at: number, length = 1): number | undefined {
	const start = file.text.lastIndexOf("\n", at) + 1;
	if (at - start > 2000) return undefined;
	const span = (file.text.slice(start, at + 1).match(/`/g)?.length ?? 0) % 2 === 1;
	const end = at + length - 1;
	return span || kindAt(file, end) === "code" ? file.lineAt(end) : undefined;
}

const found = (file: SourceFile, line: number, what: string, say: string): Found => ({
	message: `${file.path} shows \`${what}`,
	evidence: [placeIn(file, line)],
	fix: { say },
});

function scripts(tree: Tree, file: SourceFile): Found[] {
	const known = scriptNamesOf(tree);
	if (known.size === 0) return [];
	return [...shown(file, /\b(?:npm|pnpm|yarn|bun) run ([\w:.-]+)/g)].flatMap(({ match: [command, name], line }) =>
		known.has(name!.replace(/\.$/, ""))
			? []
			: [
					found(
						file,
						line,
						`${command}\`, and no package.json has the script ${name!}`,
						`write a script that exists: ${[...known].slice(0, 8).join(", ")}`,
					),
				],
	);
}

function modules(tree: Tree, file: SourceFile): Found[] {
	const run = [
		...shown(file, /\bpython3? -m ([A-Za-z_][\w.]*)/g),
		...shown(file, /\b(?:uvicorn|gunicorn|hypercorn)(?:\s+-\S+(?:\s+[\w.]+)?)*\s+([A-Za-z_][\w.]*):\w+/g),
	];
	return run.flatMap(({ match: [, module], line }) =>
		module!.includes(".") && hasModule(tree, module!) === false
			? [found(file, line, `${module!}\`, and the module does not exist`, `write the module that took its place`)]
			: [],
	);
}

const PARSERS = /argparse|click\.option|typer\.|parse_args|parseArgs|commander|yargs|getopt|Flags\.|\.option\(/;

/** `python tools/x.py --flag` against what the file takes. */
function options(tree: Tree, file: SourceFile): Found[] {
	const runs = [
		...shown(file, /\b(?:python3?|node|bash|sh|tsx)\s+((?:\.\/)?[\w./-]+\.(?:py|js|mjs|ts|sh))((?:[^\n`|;&#]|\\\n)*)/g),
	];
	return runs.flatMap(({ match, line }) => {
		const [, path, rest] = match;
		const target = isThere(tree, file, path!)
			? (tree.file(normal(path!) ?? "") ?? tree.file(normal(folderOf(file) + path!) ?? ""))
			: undefined;
		if (!target || !takesOptions(target)) return [];
		return [...rest!.matchAll(/(?<=\s)--([a-z][\w-]+)/g)].flatMap(([, option]) => {
			const names = [
				`--${option!}`,
				`"${option!}"`,
				option!.replaceAll("-", "_"),
				`--${option!.replace(/^no-/, "")}`,
				option!.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase()),
			];
			if (option === "help" || option === "version" || names.some((name) => target.text.includes(name))) return [];
			return [
				found(
					file,
					line,
					`${path!} --${option!}\`, and ${target.path} does not take the option`,
					`write an option that ${target.path} takes`,
				),
			];
		});
	});
}

/** `python -m app.worker --flag` against the parser of the module. */
const moduleOptions = (tree: Tree, file: SourceFile): Found[] =>
	[...shown(file, /\bpython3? -m ([A-Za-z_][\w.]*)((?:[^\n`|;&#]|\\\n)*)/g)].flatMap(
		({ match: [, module, rest], line }) => {
			const run = programRun(tree, file.path, ["python", "-m", module!]);
			const known = run?.parser.options.filter((one) => one.startsWith("--")) ?? [];
			return run === undefined
				? []
				: [...rest!.matchAll(/(?<=\s)--[a-z][\w-]+/g)].flatMap(([word]) => {
						const option = unknownOption(run, word);
						const what = `python -m ${module!} ${word}\`, and ${run.target.path} does not take the option`;
						return option === undefined
							? []
							: [found(file, line, what, `write one of ${known.slice(0, 6).join(", ")}`)];
					});
		},
	);

const COMMON_PARAMETERS =
	/^(?:verbose|debug|whatif|confirm|erroraction|warningaction|informationaction|outvariable|errorvariable|file|noprofile|executionpolicy|command|noninteractive)$/i;

/** `.\\deploy.ps1 -Name value` against the parameters that the script declares; PowerShell takes a unique beginning, too. */
function parameters(tree: Tree, file: SourceFile): Found[] {
	const runs = [...shown(file, /(?<![\w-])((?:\.?[\\/])?(?:[\w.-]+[\\/])*[\w.-]+\.ps1)((?:[^\n`|;&#]|`\r?\n)*)/gi)];
	return runs.flatMap(({ match, line }) => {
		const path = match[1]!.replaceAll("\\", "/").replace(/^\.?\//, "");
		const target = tree.file(normal(path) ?? "") ?? tree.file(normal(folderOf(file) + path) ?? "");
		const block =
			target &&
			/^(?:\s|#[^\n]*\n|<#(?:(?!#>)[^])*#>|\[CmdletBinding\([^)]*\)\])*param\s*\(([^]*?)^\)|^(?:\s|#[^\n]*\n|<#(?:(?!#>)[^])*#>)*param\s*\(([^\n]*)\)\s*$/im.exec(
				target.text,
			);
		if (!target || !block || /ValueFromRemainingArguments|DynamicParam/i.test(target.text)) return [];
		const names = [...(block[1] ?? block[2]!).matchAll(/\$(\w+)\s*(?=[,=\r\n)]|$)/g)].map(([, name]) =>
			name!.toLowerCase(),
		);
		const aliases = [...target.text.matchAll(/\[Alias\(([^)]*)\)\]/gi)].flatMap(([, list]) =>
			[...list!.matchAll(/\w+/g)].map(([one]) => one.toLowerCase()),
		);
		return [...match[2]!.matchAll(/(?<=\s)-([A-Za-z]\w+)/g)].flatMap(([, option]) => {
			const known = [...names, ...aliases].some((one) => one.startsWith(option!.toLowerCase()));
			return names.length === 0 || known || COMMON_PARAMETERS.test(option!)
				? []
				: [
						found(
							file,
							line,
							`${target.path} -${option!}\`, and the script has no such parameter`,
							`write one of -${names.join(", -")}`,
						),
					];
		});
	});
}

const takesOptions = ({ language, text }: SourceFile): boolean =>
	language === "shell"
		? /^[ \t]*(?:-\w\s*\|\s*)?--[a-z][\w-]*\s*(?:\||\))/m.test(text) && !/"\$@"|\$\*/.test(text)
		: PARSERS.test(text) && !/parse_known_args|REMAINDER|import_module/.test(text);
