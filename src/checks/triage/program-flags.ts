import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { installedAs } from "../python/installed.ts";
import { borrowedOptions } from "../shell/borrowed-options.ts";
import { misspeltOptions } from "../shell/downloader-options.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS259",
	scope: "static",
	severity: "error",
	question: "Has a program every flag with which it is started: one of the tree, a server, curl?",
	why: "The program ends at once with `unknown flag`; the supervisor starts it again and again.",
	example: "`ExecStart=/opt/gate/bin/gate --listen-addr …` and the program has -listen: write that.",
	run(tree) {
		const programs = [...goPrograms(tree), ...pythonPrograms(tree)];
		const files = programs.length === 0 ? [] : tree.files.filter((file) => mayStart(file));
		return {
			looked: `${programs.length} programs with flags`,
			findings: [
				...programs.flatMap((one) => files.flatMap((file) => inFile(file, one))),
				...[...misspeltOptions(tree), ...borrowedOptions(tree)].map(({ program, given, meant, place }): Found => ({
					message: `${place.path} gives ${program} ${given}, an option that it does not have`,
					evidence: [place],
					fix: { say: `write ${meant}` },
				})),
			],
		};
	},
} satisfies StaticCheck;

const mayStart = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:shell|dockerfile|yaml|powershell|batch|ini|markdown)$/.test(language) ||
		/(?:^|\/)(?:Makefile|justfile|package\.json|Procfile)$|\.mk$|cron/.test(path)) &&
	text.length < 400_000 &&
	/^(?:live|docs)$/.test(standingOf(path)) &&
	!isAside(path) &&
	!isTest(path);

interface Program {
	file: SourceFile;
	/** What a command line calls it, as a pattern. */
	called: RegExp;
	flags: readonly string[];
	/** A beginning of a flag is enough. */
	shortened: boolean;
}

/** Programs that read their flags by the package flag alone. */
const goPrograms = (tree: Tree): Program[] =>
	tree.files.flatMap((file): Program[] => {
		if (!file.path.endsWith(".go") || isTest(file.path) || isAside(file.path) || !file.has(/^package main\b/m))
			return [];
		const folder = posix.dirname(file.path);
		const name = posix.basename(folder);
		const beside = tree.files.filter(({ path }) => path.endsWith(".go") && posix.dirname(path) === folder);
		const text = beside.map((one) => one.text).join("\n");
		if (
			!file.includes("flag.Parse()") ||
			!/^\w[\w-]{2,}$/.test(name) ||
			/pflag|cobra|kingpin|urfave|NewFlagSet|flag\.(?:Args?|CommandLine|NArg)\b|go-flags/.test(text)
		)
			return [];
		const others = tree.files.some(
			({ path, text: own }) =>
				path.endsWith(".go") &&
				!path.startsWith(`${folder}/`) &&
				!path.endsWith("_test.go") &&
				/\bflag\.\w+Var\(|\bflag\.(?:String|Int|Bool|Duration)\(/.test(own) &&
				!/^package main\b/m.test(own),
		);
		const flags = [...text.matchAll(/\bflag\.\w+\((?:\s*&?[\w.[\]]+\s*,)?\s*"([\w.-]+)"/g)].map(([, one]) => one!);
		if (others || flags.length === 0) return [];
		return [
			{
				file,
				called: new RegExp(
					`(?<![\\w.@:-])(?:[\\w.$}{~-]*/)*${name}(?:[_-](?:linux|darwin|windows)[\\w-]*)?(?:\\.exe)?["']?,?[ \\t]+(?=["']?-)`,
					"g",
				),
				flags: [...flags, "h", "help"],
				shortened: false,
			},
		];
	});

/** Where a command begins: a line, an operator, a key of a file that starts it, the first word in JSON. */
const BEGINS =
	"(?<=(?:^[ \\t]*|[;&|(`@!][ \\t]*|\\[[ \\t]*[\"']|\\b(?:exec|sudo|then|do|else|if|time|run|uvx|pipx run)[ \\t]+|(?:=|run:|command:|entrypoint:|>)[ \\t]*[\"']?))";

/** Scripts whose argparse takes no more than it says; with subparsers, than all of them say. */
const pythonPrograms = (tree: Tree): Program[] =>
	tree.in("python").flatMap((file): Program[] => {
		if (isAside(file.path) || isTest(file.path) || !file.has(/\.parse_args\(/) || !file.includes("ArgumentParser("))
			return [];
		if (
			/parse_known_args|parents\s*=|REMAINDER|prefix_chars|add_argument\(\s*(?:f["']|[a-z_*])|\w+\((?:parser|ap|p)\)|add_cli_args|fromfile_prefix/.test(
				file.text,
			)
		)
			return [];
		const flags = file
			.matches(/add_argument\(([^)]*)/g)
			.flatMap(([, inside]) =>
				[...inside!.matchAll(/["'](--?[\w-]+)["']/g)].map(([, one]) => one!.replace(/^--?/, "")),
			);
		const negated = file.has(/BooleanOptionalAction/) ? flags.map((one) => `no-${one}`) : [];
		const version = file.has(/action=["']version["']/) ? ["version"] : [];
		const path = file.path.replaceAll(/[.+]/g, "\\$&").split("/").slice(-2).join("[\\\\/]");
		const installed = installedAs(tree, file.path).map((name) => `|${BEGINS}${RegExp.escape(name)}`);
		if (flags.length === 0 || !file.path.includes("/")) return [];
		return [
			{
				file,
				called: new RegExp(
					`(?:python[\\d.]*|uv run|poetry run|py)(?:\\.exe)?["']?,?[ \\t]+(?:-u[ \\t]+)?["']?(?:[\\w.$}{~:-]*[\\\\/])*${path}["']?,?(?=[ \\t])${installed.join("")}(?:\\.exe)?["']?,?(?=[ \\t])`,
					"gim",
				),
				flags: [...flags, ...negated, ...version, "h", "help"],
				shortened: true,
			},
		];
	});

function inFile(file: SourceFile, { called, flags, shortened, file: program }: Program): Found[] {
	const seen = new Set<string>();
	return file.matches(called).flatMap(({ 0: all, index }) => {
		const from = index + all.length;
		if (isComment(file, index)) return [];
		const text = file.text
			.slice(from, from + 1500)
			.replaceAll(/\$\([^()]*\)|`[^`\n]+`/g, (one) => "x".repeat(one.length));
		const rest = /^(?:\\\r?\n|`\r?\n|[^\n;|&<>#`])*/.exec(text)![0];
		// What a flag of a wrapper's own is cannot be told behind `--`.
		return [...rest.split(/(?<=\s)--(?=\s)/)[0]!.matchAll(/(?<=^|[\s"'])--?([A-Za-z][\w-]*)(?=[\s="',]|$)/g)].flatMap(
			({ 0: flag, 1: name, index: at }): Found[] => {
				const bare = name!;
				const known =
					flags.includes(bare) ||
					(shortened &&
						flags.some(
							(one) => one.startsWith(bare) || (!flag.startsWith("--") && bare.startsWith(one) && one.length === 1),
						));
				if (known || seen.has(bare)) return [];
				seen.add(bare);
				const long = flags.filter((one) => !/^(?:h|help)$/.test(one));
				const meant = nearest(bare, long) ?? long.find((one) => bare.startsWith(one) || one.startsWith(bare));
				const dash = flag.slice(0, flag.length - bare.length);
				return [
					{
						message: `${file.path} starts ${posix.basename(program.path) === "main.go" ? posix.basename(posix.dirname(program.path)) : program.path} with ${flag}, a flag that it does not have`,
						evidence: [
							placeIn(file, file.lineAt(from + at)),
							program.placeAt(Math.max(0, program.text.search(/\bflag\.\w+\(|add_argument\(/))),
						],
						fix:
							meant === undefined
								? { say: `give it a flag that it has: ${long.join(", ")}` }
								: { say: `write ${dash}${meant}`, ...editAt(file, from + at, flag, `${dash}${meant}`) },
					},
				];
			},
		);
	});
}
