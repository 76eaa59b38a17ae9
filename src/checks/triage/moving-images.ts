import type { FilePlace, Found, Severity, StaticCheck } from "../triage-check.ts";
import { buildsOf } from "../workflows/builds.ts";
import { runOf } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";
import { filled } from "../workflows/tags.ts";

interface Use {
	image: string;
	place: FilePlace;
	as: string;
	severity: Severity;
}

export default {
	code: "TS219",
	scope: "static",
	severity: "warning",
	question: "Does no workflow build or test with an image whose tag moves?",
	why: "`latest` is another image tomorrow: the same commit gives another result, and a stale or broken base is used without a word.",
	example:
		"`build-args: BASE_IMAGE=ghcr.io/acme/base:latest`. Hand the digest of the base from the job that built it: base@sha256:….",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		const uses = jobs.flatMap(usesIn);
		const findings = [
			...[...Map.groupBy(uses, ({ image, as }) => `${as} ${image}`).values()].map(foundFor),
			...workflowsOf(tree).flatMap(({ jobs: own }) => basesByTag(own)),
		];
		return { looked: counted(tree), findings };
	},
} satisfies StaticCheck;

const MOVING = /:(?:latest|main|master|edge|nightly|dev|stable)$/;
/** Without a tag it is `latest`. */
const UNTAGGED = /^[a-z0-9][\w.-]*(?:(?::\d+)?\/[\w.-]+)*$/;

const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);

/** The tags that jobs build. */
const madeBy = (jobs: readonly Job[]): Set<string> =>
	new Set(jobs.flatMap(buildsOf).flatMap(({ tags, step }) => tags.map(({ text }) => withTag(filled(text, step)))));

function usesIn(job: Job): Use[] {
	const [own, here] = [madeBy(job.workflow.jobs), madeBy([job])];
	return [...containers(job), ...baseArguments(job), ...started(job)]
		.map((use) => ({ ...use, image: use.image.replaceAll(/["']/g, "") }))
		.filter(({ image, as }) => {
			const isBase = as === "a build argument";
			// What another job pushes as latest may be the one of an earlier run: that job may be skipped.
			if ((isBase ? here : own).has(withTag(image)) || image.includes("@sha256:")) return false;
			return MOVING.test(image) || (UNTAGGED.test(image) && !isBase);
		});
}

function containers({ part }: Job): Use[] {
	const container = part.get("container");
	const image = container?.get("image") ?? container;
	const services = [...(part.get("services")?.map.values() ?? [])].flatMap((service) => service.get("image") ?? []);
	return [
		...(image?.text === undefined
			? []
			: [{ image: image.text, place: image.place, as: "the container of a job", severity: "warning" as const }]),
		...services.flatMap(({ text, place }): Use[] =>
			text === undefined ? [] : [{ image: text, place, as: "a service", severity: "note" }],
		),
	];
}

const baseArguments = (job: Job): Use[] =>
	buildsOf(job).flatMap(({ buildArgs, step }) =>
		buildArgs.flatMap(({ text, place }): Use[] => {
			const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
			if (name === undefined || !/image|base|from/i.test(name)) return [];
			return [{ image: filled(value!.trim(), step), place, as: "a build argument", severity: "warning" }];
		}),
	);

const started = (job: Job): Use[] =>
	job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command): Use[] => {
			const run = runOf(command);
			const isBlank = run?.options.at(-1)?.text.endsWith("=") ?? false;
			if (run?.image === undefined || run.image.dynamic || isBlank) return [];
			return [
				{ image: run.image.text, place: script!.place(run.image.start), as: "a container of a step", severity: "note" },
			];
		});
	});

/** One base for several builds of a run, by a tag: it may move between them. */
function basesByTag(jobs: readonly Job[]): Found[] {
	const own = madeBy(jobs);
	const all = jobs.flatMap(buildsOf).flatMap(({ buildArgs, step }) =>
		buildArgs.flatMap(({ text, place }) => {
			const [, name, value] = /^(\w*(?:IMAGE|BASE|FROM)\w*)=["']?([^"']+)/i.exec(text.trim()) ?? [];
			const image = value === undefined ? "" : filled(value, step);
			const isTag = /\/[\w.-]+:[\w.-]+$/.test(image) && !MOVING.test(image) && !own.has(image);
			return name !== undefined && isTag ? [{ image, place }] : [];
		}),
	);
	const several = [...Map.groupBy(all, ({ image }) => image).values()].filter(({ length }) => length > 1);
	return several.map(([first, ...others]) => ({
		message: `${others.length + 1} builds of one run take the base ${first!.image} by its tag, and may get different ones`,
		evidence: [first!.place, ...others.map(({ place }) => place)],
		fix: { say: "resolve the tag once (docker buildx imagetools inspect) and hand its digest to all of them" },
		severity: "note",
	}));
}

function foundFor([first, ...others]: readonly Use[]): Found {
	const { image, as, place, severity } = first!;
	const tag = /:[\w.-]+$/.exec(image)?.[0] ?? "no tag, which is latest";
	return {
		message: `${as} is ${image}: ${tag.startsWith(":") ? `\`${tag.slice(1)}\` moves` : tag}`,
		evidence: [place, ...others.map((one) => one.place)],
		fix: {
			say:
				as === "a build argument"
					? "name the digest: an output of the job that built it, or base@sha256:…"
					: "name a version, better with its digest",
		},
		severity,
	};
}
