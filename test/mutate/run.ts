import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Stryker from "@stryker-mutator/core";
import { reportOf, textOf, verdictOf, type Accepted, type FolderReport, type Survivor } from "./report.ts";

/** Percent of the mutants of a folder that its fast tests must notice. */
const LEAST = 85;
const FOLDERS = ["rollout", "instances", "state", "registry", "secrets", "plan", "temporal"].map((one) => `src/${one}`);
const SHOWN = 90;

const root = fileURLToPath(new URL("../..", import.meta.url));
process.chdir(root);
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		/** Write the reports there. */
		json: { type: "string" },
		/** Run every fast test that reaches the folder, not only those of the folder of the same name. */
		all: { type: "boolean", default: false },
		/** Trust nothing of the run before: helpers of tests changed. */
		force: { type: "boolean", default: false },
	},
});
const folders = positionals.length > 0 ? positionals.map((one) => one.replace(/\/+$/, "")) : FOLDERS;
const missing = folders.filter((folder) => !existsSync(folder));
if (missing.length > 0) {
	process.stderr.write(`no such folder: ${missing.join(", ")}\n`);
	process.exit(2);
}

type MutantResult = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

/** One line of source text. */
const oneLine = (text: string): string => {
	const line = text.replaceAll(/\s+/g, " ").trim();
	return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
};

function survivorOf({ fileName, location, replacement }: MutantResult): Survivor {
	const lines = readFileSync(fileName, "utf8").split("\n");
	const { start, end } = location;
	const original = lines.slice(start.line - 1, end.line);
	original.push(original.pop()!.slice(0, end.column - 1));
	original.unshift(original.shift()!.slice(start.column - 1));
	return {
		file: relative(root, fileName),
		line: start.line,
		original: oneLine(original.join("\n")),
		mutant: oneLine(replacement ?? ""),
	};
}

/**
 * Forgets the survivors that run when their file is loaded: Stryker would take them from the run before, whatever
 * tests were added, for it does not know which tests reach them.
 */
function forgetStaticSurvivors(file: string): void {
	if (!existsSync(file)) return;
	const before = JSON.parse(readFileSync(file, "utf8")) as { files: Record<string, { mutants: KeptMutant[] }> };
	for (const one of Object.values(before.files))
		one.mutants = one.mutants.filter(({ static: isStatic, status }) => !isStatic || verdictOf(status) === "killed");
	writeFileSync(file, JSON.stringify(before));
}

interface KeptMutant {
	static?: boolean;
	status: string;
}

async function mutate(folder: string, accepted: readonly Accepted[]): Promise<FolderReport> {
	process.env["MUTATE_TESTS"] = values.all ? "test" : folder.replace(/^src/, "test");
	const incrementalFile = `reports/mutate/${folder.replaceAll("/", "-")}.json`;
	forgetStaticSurvivors(incrementalFile);
	const results = await new Stryker({
		mutate: [`${folder}/**/*.ts`],
		incrementalFile,
		force: values.force,
	}).runMutationTest();
	const mine = results.filter(({ fileName }) => relative(root, fileName).startsWith(`${folder}/`));
	const of = (verdict: string) => mine.filter(({ status }) => verdictOf(status) === verdict);
	return reportOf(folder, of("killed").length, of("survived").map(survivorOf), accepted);
}

const accepted = JSON.parse(readFileSync("test/mutate/accepted.json", "utf8")) as Accepted[];
const reports: FolderReport[] = [];
for (const folder of folders) reports.push(await mutate(folder, accepted));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, undefined, "\t")}\n`);
process.stdout.write(`${textOf(reports, LEAST)}\n`);
process.exitCode = reports.every(({ score }) => score >= LEAST) ? 0 : 1;
