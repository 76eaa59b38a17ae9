import { z } from "zod";
import { lint, type Linter } from "../linters/run-linter.ts";
import { NOT_FAULTS } from "../linters/shellcheck-codes.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { StaticCheck } from "../triage-check.ts";

/** `--format json`: github.com/hadolint/hadolint. */
const output = z.array(
	z.object({ file: z.string(), line: z.int(), level: z.string(), code: z.string(), message: z.string() }),
);

/** Rules that name a fault of the build or of the container; the others are about style. */
const FAULTS = new Set(["DL3011", "DL3012", "DL3021", "DL3023", "DL3024", "DL3043", "DL3044", "DL4004"]);
/** It could not parse the file. hadolint 2.15.1 says so of valid heredocs too, so it is no finding. */
const UNPARSED = "DL1000";

const isFault = (code: string, level: string): boolean =>
	FAULTS.has(code) || (level === "error" && code.startsWith("SC") && !NOT_FAULTS.has(Number(code.slice(2))));

const wikiOf = (code: string): string =>
	code.startsWith("SC")
		? `https://www.shellcheck.net/wiki/${code}`
		: `https://github.com/hadolint/hadolint/wiki/${code}`;

const HADOLINT: Linter = {
	tool: "hadolint",
	noun: "Dockerfile",
	nameOf: (_, at) => `${at}.Dockerfile`,
	argsFor: (names) => ["--no-fail", "--no-color", "--format", "json", ...names],
	exits: [0],
	read: (stdout) =>
		output
			.parse(JSON.parse(stdout))
			.filter(({ code, level }) => code === UNPARSED || isFault(code, level))
			.map(({ file, line, code, message }) => ({
				...{ name: file, line, message: `${code} ${message.replaceAll(/\s+/g, " ")}` },
				say: `correct it: ${wikiOf(code)} shows how`,
				...(code === UNPARSED ? { blind: true } : {}),
			})),
};

/** A part that others include has no FROM, and a template is no Dockerfile yet. */
const isWhole = ({ text, path }: SourceFile): boolean =>
	/^[ \t]*FROM\s/im.test(text) && !/\.(?:j2|tmpl|tpl|erb)$/.test(path) && !/\{\{|<%/.test(text);

export default {
	code: "TS902",
	scope: "static",
	severity: "error",
	waits: true,
	question: "Does hadolint find errors in the Dockerfiles?",
	why: "These are faults of the build or the container: an alias given twice, a second ENTRYPOINT that replaces the first, a port that cannot be.",
	example: "`ENV HOME=/app PATH=$HOME/bin` takes HOME from before the line (DL3044); two ENV lines do not.",
	run: (tree, signal, world) => lint(HADOLINT, tree.in("dockerfile").filter(isWhole), { signal, world }),
} satisfies StaticCheck;
