import { posix } from "node:path";
import { folderOf } from "../workflows/builds.ts";
import { mayExist, workspaceOf } from "../workflows/created.ts";
import { filledBy } from "../workflows/matrix.ts";
import { counted, readableOf, type Step } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS230",
	scope: "static",
	severity: "error",
	question: "Is there a folder or file for every value of a matrix that a path is made of?",
	why: "The service was renamed or taken out, and its entry in the matrix was not: one job of the matrix fails, and those that need it do not start.",
	example:
		"`matrix: { service: [api, scheduler] }` with `context: services/${{ matrix.service }}` and no services/scheduler.",
	run(tree) {
		const steps = readableOf(tree).flatMap(({ jobs }) =>
			jobs.flatMap((job) => (job.part.get("strategy", "matrix") === undefined ? [] : job.steps)),
		);
		const findings = steps.flatMap((step) => missing(step, tree));
		// One value that is gone is told once.
		const unique = new Map(findings.toReversed().map((one) => [one.message, one]));
		return { looked: counted(tree), findings: [...unique.values()].toReversed() };
	},
} satisfies StaticCheck;

interface Named {
	/** With the expressions of the matrix. */
	text: string;
	place: FilePlace;
	/** Folders that it may be meant from. */
	from: readonly string[];
}

/** Inputs of actions that name something of the tree. */
const INPUTS = /^(?:context|file|working-directory|cache-dependency-path|dockerfile|project|workdir|directory)$/;

function missing(step: Step, tree: Tree): Found[] {
	const space = workspaceOf(step.job, step.index);
	if (!space.checkedOut) return [];
	return namedBy(step).flatMap(({ text, place, from }) => {
		const all = filledBy(step.job, text).map((one) => ({
			...one,
			paths: from.map((folder) => posix.join(folder, one.text).replace(/\/$/, "")),
		}));
		// Where none is there, the path is of something else.
		const gone = all.filter(({ paths }) => !paths.some((path) => tree.has(path)));
		if (gone.length === all.length) return [];
		return gone
			.filter(({ paths }) => !paths.some((path) => mayExist(path, space, "")))
			.map(({ values, paths }): Found => {
				const value = values[0]!;
				const shown = values.map((one) => one.text!).join(" and ");
				return {
					message: `the matrix of job \`${step.job.id}\` has ${shown}, and the tree has no ${paths.at(-1)!}`,
					evidence: [value.place, place],
					fix: { say: `take ${shown} out of the matrix, or bring ${paths.at(-1)!} back` },
				};
			});
	});
}

function namedBy(step: Step): Named[] {
	const plain = (part: Part | undefined): Named[] =>
		part?.text === undefined ? [] : [{ text: part.text, place: part.place, from: [""] }];
	const folder = step.part.get("working-directory") ?? step.job.part.get("defaults", "run", "working-directory");
	const inputs = [...step.with].flatMap(([name, part]) => (INPUTS.test(name) ? plain(part) : []));
	return [
		...(step.run === undefined ? [] : plain(folder)),
		...inputs,
		...(step.run === undefined ? [] : inScript(step, step.run)),
	];
}

const PATH = /(?<![\w./-])(?:\.\/)?[\w.-]+\/(?:[\w./-]|\$\{\{\s*matrix\.[\w.-]+\s*\}\})+/g;

/** Paths in a script, but for what it writes. */
function inScript(step: Step, run: Part): Named[] {
	if (!run.text!.includes("matrix.")) return [];
	const start = folderOf(step);
	const from = start === "" || start.includes("$") ? [""] : [start, ""];
	return [...run.text!.matchAll(PATH)].flatMap(({ 0: text, index }): Named[] => {
		const before = run.text!.slice(run.text!.lastIndexOf("\n", index) + 1, index);
		if (
			!text.includes("matrix.") ||
			/(?:>|\s-o|--out\S*|--output|--tag|-t|mkdir(?:\s+-p)?)[ =]*["']?$/.test(before) ||
			/:\/\/\S*$/.test(before)
		)
			return [];
		return [{ text, place: run.placeIn(index), from }];
	});
}
