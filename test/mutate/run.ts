import { globSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { instrument, type Mutant } from "./instrument.ts";
import { keptOf, keep } from "./kept.ts";
import { goneOf, goneText, reportOf, textOf, type Accepted, type FolderReport, type Survivor } from "./report.ts";
import { resultsOf, TASK_FOLDER, verdictsOf } from "./task.ts";

/** Percent of the mutants of a folder that its fast tests must notice. */
const LEAST = 85;
const FOLDERS = ["rollout", "instances", "state", "registry", "secrets", "plan", "temporal"].map((one) => `src/${one}`);
const SHOWN = 90;
const TELL_EVERY_MS = 30_000;

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		/** Write the reports there. */
		json: { type: "string" },
		/** Run every fast test, not only those of the folder of the same name. */
		all: { type: "boolean", default: false },
		/** Try only each n-th mutant. */
		every: { type: "string", default: "1" },
		/** Only name what the list of accepted mutants need not have any more: none is tried. */
		stale: { type: "boolean", default: false },
		/** Take nothing from the run before. */
		force: { type: "boolean", default: false },
	},
});
const folders = positionals.length > 0 ? positionals.map((one) => one.replace(/\/+$/, "")) : FOLDERS;
const missing = folders.filter((folder) => !existsSync(folder));
const every = Number(values.every);
if (missing.length > 0 || !(every >= 1)) {
	process.stderr.write(missing.length > 0 ? `no such folder: ${missing.join(", ")}\n` : "--every wants a number\n");
	process.exit(2);
}

/** Whole rolls at the simulated Vast and contests of processes, in real time: minutes for one mutant; and what runs the built program. */
const SLOW = /\/support\/(?:vast-|built|run-cres|on-terminal|start-up)|\/contenders\.ts"/;

/** The fast tests of a folder. */
function testsOf(folder: string): string[] {
	const below = values.all ? "test" : folder.replace(/^src/, "test");
	const fast = globSync(`${below}/**/*.test.ts`).filter((file) => !/\.(?:perimeter|slow)\.test\.ts$/.test(file));
	return fast.filter((file) => !SLOW.test(readFileSync(file, "utf8"))).toSorted();
}

/** Runs vitest until each file has tried its mutants: a process that a mutant ended goes on with the next one. */
async function runTests(task: string, tests: readonly string[], tell: () => void): Promise<string[]> {
	const timer = setInterval(tell, TELL_EVERY_MS);
	let left = [...tests];
	for (let before = -1; left.length > 0 && resultsOf(task).length > before;) {
		before = resultsOf(task).length;
		await execa("vitest", ["run", "--config", "test/mutate/vitest.config.ts"], {
			env: { [TASK_FOLDER]: task, MUTATE_TESTS: left.join(",") },
			...{ preferLocal: true, reject: false, stdio: "ignore" },
		});
		const done = new Set(resultsOf(task).flatMap((one) => ("isDone" in one ? [one.file] : [])));
		left = left.filter((file) => !done.has(file));
	}
	clearInterval(timer);
	return left;
}

/** One line of source text. */
const oneLine = (text: string): string => {
	const line = text.replaceAll(/\s+/g, " ").trim();
	return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
};

const linesOf = new Map<string, string[]>();

function survivorOf({ fileName, location, replacement }: Mutant): Survivor {
	const { start, end } = location;
	if (!linesOf.has(fileName)) linesOf.set(fileName, readFileSync(fileName, "utf8").split("\n"));
	const original = linesOf.get(fileName)!.slice(start.line, end.line + 1);
	original.push(original.pop()!.slice(0, end.column));
	original.unshift(original.shift()!.slice(start.column));
	return {
		file: fileName,
		line: start.line + 1,
		original: oneLine(original.join("\n")),
		mutant: oneLine(replacement),
	};
}

async function mutate(folder: string, accepted: readonly Accepted[]): Promise<FolderReport> {
	const name = folder.replaceAll("/", "-");
	const [task, kept] = [`reports/mutate/${name}`, `reports/mutate/${name}.json`];
	rmSync(task, { recursive: true, force: true });
	mkdirSync(task, { recursive: true });
	const all = await instrument(folder, task);
	const gone = goneOf(folder, accepted, all.map(survivorOf));
	if (values.stale)
		return reportOf(folder, { noticed: 0, survivors: [], accepted: [], gone, setAside: [], unfinished: [] });
	const mutants = all.filter((_, index) => index % every === 0);
	const known = values.force ? new Set<string>() : keptOf(kept, mutants);
	const asked = mutants.filter(({ id }) => !known.has(id));
	writeFileSync(join(task, "mutants.json"), JSON.stringify(asked.map(({ id }) => id)));
	const left = await runTests(task, testsOf(folder), () => {
		const noticed = [...verdictsOf(resultsOf(task)).values()].filter((one) => one.verdict !== "survived").length;
		process.stderr.write(`${folder}  ${noticed + known.size} of ${mutants.length} mutants noticed so far\n`);
	});
	const verdicts = verdictsOf(resultsOf(task));
	const isNoticed = (id: string) =>
		known.has(id) || (verdicts.get(id) ?? { verdict: "survived" }).verdict !== "survived";
	keep(kept, mutants, verdicts);
	const report = reportOf(folder, {
		noticed: mutants.filter(({ id }) => isNoticed(id)).length,
		survivors: mutants.filter(({ id }) => !isNoticed(id)).map(survivorOf),
		accepted,
		gone,
		setAside: [...new Set(resultsOf(task).flatMap((one) => ("setAside" in one ? [one.setAside] : [])))],
		unfinished: left,
	});
	return every === 1 ? report : { ...report, outdated: [] }; // a sample tries few of the list
}

const accepted = JSON.parse(readFileSync("test/mutate/accepted.json", "utf8")) as Accepted[];
const reports: FolderReport[] = [];
for (const folder of folders) reports.push(await mutate(folder, accepted));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, undefined, "\t")}\n`);
if (values.stale) {
	const gone = reports.flatMap((one) => one.gone);
	process.stdout.write(gone.map((entry) => `${goneText(entry)}\n`).join(""));
	process.exit(gone.length > 0 ? 1 : 0);
}
process.stdout.write(`${textOf(reports, LEAST)}\n`);
process.exitCode = reports.every(({ score, unfinished }) => score >= LEAST && unfinished.length === 0) ? 0 : 1;
