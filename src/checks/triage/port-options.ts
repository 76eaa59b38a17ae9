import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment, kindAt } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What looks like a port: its number, or a variable that is called so. */
const PORT = "(?:\\d{2,5}(?::\\d{2,5})?|\\$(?:\\{|\\()?(?:\\w+[.:])*\\w*port\\}?\\)?|\\$\\w+\\.port)";

interface Wrong {
	programs: string;
	option: string;
	right: string;
	/** What the option does there. */
	does: string;
}

/** Programs whose option for the port is the other letter. */
const WRONG: readonly Wrong[] = [
	{
		programs: "scp|sftp",
		option: "-p",
		right: "-P",
		does: "keeps the times of the files, and takes the port for a file",
	},
	{ programs: "ssh|ssh-keyscan|ssh-copy-id|autossh", option: "-P", right: "-p", does: "takes no port" },
	{ programs: "psql|pg_dump|pg_restore|pg_isready", option: "-P", right: "-p", does: "takes no port" },
	{ programs: "redis-cli", option: "-P", right: "-p", does: "takes no port" },
	{
		programs: "mysql|mysqldump|mysqladmin|mariadb",
		option: "-p",
		right: "-P",
		does: "asks for a password, and takes the port for a database",
	},
	{
		programs: "(?:docker|podman|nerdctl)[ \\t]+(?:run|create)",
		option: "-P",
		right: "-p",
		does: "publishes every port, and takes the ports for the image",
	},
];

const SIGN = /\b(?:scp|sftp|ssh|psql|pg_\w+|redis-cli|mysql\w*|mariadb|docker|podman|nerdctl)\b/;
/** A word of a command line, with continued lines between. */
const WORDS = "(?:(?:[ \\t]+|[ \\t]*[\\\\`]\\r?\\n[ \\t]*)(?!(?:ssh|scp)[ \\t])[^\\s;|&`]+)*?";

const PATTERNS = WRONG.map((one) => ({
	...one,
	/** The option as a word: what is looked for first. */
	worth: new RegExp(`[\\s"']${one.option}[\\s"']`),
	typed: new RegExp(
		`(?<![\\w.$/-])(?:[\\w./-]*/)?(${one.programs})(?:\\.exe)?(?=[ \\t])${WORDS}(?:[ \\t]+|[ \\t]*[\\\\\`]\\r?\\n[ \\t]*)(${one.option})[ \\t]+["']?${PORT}["']?(?=[\\s;|&)]|$)`,
		"gi",
	),
	listed: new RegExp(
		`["'](${one.programs})["'](?:\\s*,\\s*[^,\\]\\n]{1,80}){0,12}?\\s*,\\s*["'](${one.option})["']\\s*,\\s*(?:f?["']\\{?|str\\(|String\\()?(?:[\\w.]*port\\b|\\d{2,5}\\b)`,
		"gi",
	),
}));

export default {
	code: "TS133",
	scope: "static",
	severity: "error",
	question: "Is a port given by the option that its program has for it?",
	why: "ssh wants -p and scp -P; the other letter means something else there: the usual port is asked, and the number is taken for a file, a database or an image.",
	example: "A port behind -p of scp, which copies a file of that name, too: write -P.",
	run(tree) {
		const files = tree.files.filter(
			(file) =>
				file.text.length < 400_000 &&
				(/^(?:shell|yaml|powershell|batch|dockerfile|python|javascript|markdown|ini)$/.test(file.language) ||
					/(?:^|\/)(?:Makefile|justfile)$|\.mk$|cron/.test(file.path)) &&
				/^(?:live|docs)$/.test(standingOf(file.path)) &&
				!isAside(file.path) &&
				!isTest(file.path) &&
				file.has(SIGN),
		);
		return { looked: `${files.length} files that start such programs`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const inFile = (file: SourceFile): Found[] =>
	PATTERNS.filter(({ worth }) => file.has(worth)).flatMap(({ typed, listed, option, right, does }) =>
		[...file.matches(typed), ...file.matches(listed)].flatMap(({ 0: all, 1: program, 2: given, index }): Found[] => {
			if (given !== option || isComment(file, index) || !isCode(file, index)) return [];
			const at = index + all.lastIndexOf(option);
			return [
				{
					message: `${file.path} gives ${program!} a port by ${option}, which ${does}`,
					evidence: [placeIn(file, file.lineAt(at))],
					fix: { say: `write ${right}`, ...editAt(file, at, option, right) },
				},
			];
		}),
	);

/** In a document only what stands in code. */
const isCode = (file: SourceFile, at: number): boolean =>
	file.language !== "markdown" || kindAt(file, at) === "code" || file.text[at - 1] === "`";
