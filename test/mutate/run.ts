import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
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
		/** Change only each n-th line: a sample, for a folder that takes hours. */
		every: { type: "string", default: "1" },
		/** Take nothing from the run before. */
		force: { type: "boolean", default: false },
	},
});
const folders = positionals.length > 0 ? positionals.map((one) => one.replace(/\/+$/, "")) : FOLDERS;
const missing = folders.filter((folder) => !existsSync(folder));
if (missing.length > 0) {
	process.stderr.write(`no such folder: ${missing.join(", ")}\n`);
	process.exit(2);
}

const every = Number(values.every);

/** What Stryker changes in a folder. A sample has no change of several lines. */
function placesIn(folder: string): string[] {
	if (every === 1) return [`${folder}/**/*.ts`];
	const files = globSync(`${folder}/**/*.ts`).toSorted();
	return files.flatMap((file) => {
		const lines = readFileSync(file, "utf8").split("\n").keys();
		return [...lines.map((index) => index + 1).filter((line) => line % every === 0)].map(
			(line) => `${file}:${line}-${line}`,
		);
	});
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

/** Changes whenever a test of the folders does, or what tests share. */
function stampOf(folders: string): string {
	const files = [...folders.split(","), "test/support"].flatMap((folder) => globSync(`${folder}/**/*.ts`)).toSorted();
	return createHash("sha256")
		.update(files.map((file) => readFileSync(file)).join("\0"))
		.digest("hex");
}

/** Stryker does not see every change of a test, and none of what tests share: what survived is tried again. */
function forgetSurvivors(file: string): void {
	const before = JSON.parse(readFileSync(file, "utf8")) as { files: Record<string, { mutants: { status: string }[] }> };
	for (const one of Object.values(before.files))
		one.mutants = one.mutants.filter(({ status }) => verdictOf(status) !== "survived");
	writeFileSync(file, JSON.stringify(before));
}

async function mutate(folder: string, accepted: readonly Accepted[]): Promise<FolderReport> {
	const tests = values.all ? "test" : folder.replace(/^src/, "test");
	process.env["MUTATE_TESTS"] = tests;
	const kept = `reports/mutate/${folder.replaceAll("/", "-")}${every === 1 ? "" : `-${every}`}`;
	const [incrementalFile, stampFile, stamp] = [`${kept}.json`, `${kept}.tests`, stampOf(tests)];
	const isSame = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
	if (!isSame && existsSync(incrementalFile)) forgetSurvivors(incrementalFile);
	const stryker = new Stryker({ mutate: placesIn(folder), incrementalFile, force: values.force });
	const results = await stryker.runMutationTest();
	writeFileSync(stampFile, stamp);
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
