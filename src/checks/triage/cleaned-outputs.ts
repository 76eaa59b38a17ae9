import { posix } from "node:path";
import { dockerfilesOf, scriptOf } from "../dockerfile/model.ts";
import type { BuildStep } from "../javascript/build-effects.ts";
import { stepsIn } from "../javascript/build-steps.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import { parseShell } from "../shell/lexer.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { readableOf } from "../workflows/model.ts";
import { folderOf } from "../workflows/builds.ts";
import { plainScriptOf } from "../workflows/script.ts";

export default {
	code: "TS393",
	scope: "static",
	severity: "error",
	question: "Does every part of a build keep what the parts before it wrote?",
	why: "A tool that empties its folder first removes what an earlier command of the same build put there: the build is green, and a program of the image is not there.",
	example: "`tsc && tsup` with `clean: true` and one folder dist: run tsup first, or take `clean` out.",
	run(tree) {
		const builds = buildsOf(tree);
		const findings = builds.flatMap(lost);
		const unique = new Map(findings.map((one) => [JSON.stringify(one.evidence.slice(0, 2)), one]));
		return { looked: `${builds.length} builds of several commands`, findings: [...unique.values()] };
	},
} satisfies StaticCheck;

/** The steps of npm scripts, of the stages of images, of jobs, and of targets of make. */
function buildsOf(tree: Tree): BuildStep[][] {
	const manifests = tree.files.filter(
		({ path }) => /(?:^|\/)package\.json$/.test(path) && !isAside(path) && !isSample(path) && !isTest(path),
	);
	if (manifests.length === 0) return [];
	const scripts = manifests.flatMap((file) =>
		scriptsOf(file).map(({ text, line }) =>
			stepsIn(tree, posix.dirname(file.path).replace(/^\.$/, ""), parseShell(text).commands, file.place(line)),
		),
	);
	const folders = manifests.map(({ path }) => posix.dirname(path).replace(/^\.$/, ""));
	const images =
		folders.length > 1
			? []
			: dockerfilesOf(tree).flatMap((model) =>
					model.stages.map((stage) =>
						stage.steps
							.filter(({ keyword }) => keyword === "RUN")
							.flatMap(
								(step) => stepsIn(tree, folders[0]!, scriptOf(step).commands, model.file.placeAt(step.start)) ?? [],
							),
					),
				);
	const jobs = readableOf(tree).flatMap(({ jobs: all }) =>
		all.map((job) =>
			job.steps.flatMap((step) => {
				const script = plainScriptOf(step);
				return script === undefined || folderOf(step).includes("$")
					? []
					: (stepsIn(tree, folderOf(step), script.commands, script.place(0)) ?? []);
			}),
		),
	);
	return [...scripts.filter((one) => one !== undefined), ...images, ...jobs].filter((steps) => steps.length > 1);
}

function lost(steps: readonly BuildStep[]): Found[] {
	return steps.flatMap((step, at): Found[] => {
		const { cleans } = step;
		if (cleans === undefined) return [];
		const isIn = (folder: string): boolean => folder === cleans.folder || folder.startsWith(`${cleans.folder}/`);
		const later = steps.slice(at + 1);
		// Removed by its name at the end, it was a folder for the time of the build.
		if (step.writes.length === 0 && !later.some(({ writes }) => writes.some(isIn))) return [];
		const before = steps.slice(0, at).filter(({ writes, typed }) => typed !== step.typed && writes.some(isIn));
		// What a later command writes again is not lost; a whole build before another one is.
		const gone = before.filter(({ typed }) => !later.some((one) => one.typed === typed));
		const [first] = gone;
		if (first === undefined || steps.slice(0, at).some(({ typed }) => typed === step.typed)) return [];
		return [
			{
				message: `\`${step.typed}\` empties ${cleans.folder}, which \`${first.typed}\` has just filled`,
				evidence: [cleans.place, first.place, ...(step.place === cleans.place ? [] : [step.place])],
				fix: {
					say: `run \`${step.typed}\` before \`${first.typed}\`, keep it from emptying the folder, or give each a folder of its own`,
				},
			},
		];
	});
}
