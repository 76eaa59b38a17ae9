import { composeServices } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { bakeTargets, typedTargets, type BuildTarget } from "../dockerfile/build-targets.ts";
import { buildsOf } from "../workflows/builds.ts";
import { filledBy } from "../workflows/matrix.ts";
import { readableOf, type Job } from "../workflows/model.ts";
import { filled } from "../workflows/tags.ts";
import { nearest } from "../../system/nearest.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS231",
	scope: "static",
	severity: "error",
	question: "Is every target of a build a stage of its Dockerfile?",
	why: "The build stops with `target stage could not be found`, or the one image of a matrix is missing from the release.",
	example: "`target: worker` and the Dockerfile has `FROM base AS app-worker`: write app-worker.",
	run(tree) {
		const models = new Map(dockerfilesOf(tree).map((model) => [model.file.path, model]));
		const targets = models.size === 0 ? [] : targetsOf(tree);
		const findings = targets.flatMap((target) => missing(target, models));
		const unique = new Map(findings.map((one) => [JSON.stringify([one.message, one.evidence[0]]), one]));
		return {
			looked: `${targets.length} targets of builds, ${models.size} Dockerfiles`,
			findings: [...unique.values()],
		};
	},
} satisfies StaticCheck;

function targetsOf(tree: Tree): BuildTarget[] {
	const composed = composeServices(tree).flatMap((service): BuildTarget[] => {
		const line = service.lines.find(({ path }) => path.slice(2).join(".") === "build.target");
		return line === undefined || service.dockerfile === undefined
			? []
			: [{ name: line.value, place: placeIn(service.file, line.line), dockerfiles: [service.dockerfile] }];
	});
	const files = tree.files.filter(({ path }) => standingOf(path) === "live");
	return [
		...composed,
		...readableOf(tree).flatMap(({ jobs }) => jobs.flatMap(inJob)),
		...files.flatMap((file) => [...bakeTargets(file), ...typedTargets(file)]),
	];
}

/** With the values of a matrix filled in. */
const inJob = (job: Job): BuildTarget[] =>
	buildsOf(job).flatMap(({ step, target, file, place }): BuildTarget[] => {
		if (target === undefined || file === undefined) return [];
		const at = step.with.get("target")?.place ?? place;
		if (target.includes("matrix."))
			return filledBy(job, target).map(({ text, values }) => ({
				name: text,
				place: values[0]!.place,
				also: at,
				dockerfiles: [file],
			}));
		return [
			{ name: filled(target.replace(/^--target=/, "").replaceAll(/["']/g, ""), step), place: at, dockerfiles: [file] },
		];
	});

function missing({ name, place, also, dockerfiles }: BuildTarget, models: ReadonlyMap<string, DockerModel>): Found[] {
	const all = dockerfiles.flatMap((path) => models.get(path) ?? []);
	const [model] = all;
	if (model === undefined || !/^[\w.-]+$/.test(name) || /^\d+$/.test(name)) return [];
	const known = all.flatMap(({ stages }) => stages.flatMap((stage) => stage.name ?? []));
	// A name that is computed may become any.
	if (known.includes(name.toLowerCase()) || known.some((one) => one.includes("$"))) return [];
	const meant = nearest(name, known) ?? sameWords(name, known);
	return [
		{
			message: `${place.path} builds the target ${name}, and ${model.file.path} has no stage of that name`,
			evidence: [place, ...(also === undefined ? [] : [also]), model.file.placeAt(model.stages.at(-1)!.from.start)],
			fix: {
				say:
					meant !== undefined
						? `write ${meant}`
						: known.length > 0
							? `write one of its stages: ${known.join(", ")}`
							: "name the stage (FROM … AS NAME), or leave the target out",
			},
		},
	];
}

/** `gpu-worker` and `worker-gpu`. */
function sameWords(name: string, known: readonly string[]): string | undefined {
	const key = (one: string): string => one.toLowerCase().split(/[-_.]/).toSorted().join(" ");
	return known.find((one) => key(one) === key(name));
}
