import { imagesOf } from "../facts/images.ts";
import type { FilePlace } from "../triage-check.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { buildsOf } from "./builds.ts";
import { workflowsOf, type Job } from "./model.ts";
import { asExpressions, filled, pushedBy } from "./tags.ts";

/** An image that workflows publish under tags of a commit. */
export interface CommitTags {
	/** Registry and path, as it is written out. */
	repository: string;
	/** What stands before the commit: `sha-`; empty where the commit is the tag. */
	tags: readonly { prefix: string; short: boolean; place: FilePlace }[];
	/** The files of the workflows that make it. */
	files: ReadonlySet<string>;
}

interface Tag {
	text: string;
	place: FilePlace;
	file: string;
}

const SHA = "\\$\\{\\{ github\\.sha \\}\\}";
const OF_COMMIT = new RegExp(`^([\\w.-]*?)${SHA}(:\\d+)?$`);

/** The images whose tags are all known, with at least one of a commit. */
export const commitTagsOf = once((tree: Tree): readonly CommitTags[] => {
	const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
	const found = Map.groupBy(jobs.flatMap(tagsIn), ({ text }) => repositoryOf(text));
	return [...found].flatMap(([repository, all]): CommitTags[] => {
		if (!/^[\w.-]+(?:\/[\w.-]+)+$/.test(repository) || isMadeByScripts(tree, repository)) return [];
		const tags = all.map(({ text, place }) => shapeOf(text.slice(repository.length + 1), place));
		if (tags.includes("unknown")) return [];
		const own = tags.filter((one): one is CommitTags["tags"][number] => typeof one === "object");
		return own.length === 0 ? [] : [{ repository, tags: own, files: new Set(all.map(({ file }) => file)) }];
	});
});

/** What a job pushes, or builds at all. */
const tagsIn = (job: Job): Tag[] => [
	...pushedBy(job).map(({ text, place }) => ({ text: asExpressions(text), place, file: job.workflow.file.path })),
	...buildsOf(job).flatMap(({ tags, step }) =>
		tags
			.filter(({ text }) => !/steps\.[\w-]+\.outputs\.tags/.test(text))
			.map(({ text, place }) => ({ text: asExpressions(filled(text, step)), place, file: job.workflow.file.path })),
	),
];

const repositoryOf = (text: string): string => /^(?:localhost:\d+\/)?[^:@\s]+/.exec(text)?.[0].toLowerCase() ?? "";

/** A tag of a commit, another one that is none, or one that nobody knows. */
function shapeOf(tag: string, place: FilePlace): CommitTags["tags"][number] | "other" | "unknown" {
	const typed = OF_COMMIT.exec(tag);
	if (typed !== null) return { prefix: typed[1]!, short: typed[2] !== undefined, place };
	const [type, ...options] = tag.split(",").map((one) => one.trim());
	const option = (name: string): string | undefined =>
		options.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
	if (type === "type=sha") {
		const prefix = option("prefix") ?? "sha-";
		return /[${]/.test(prefix) ? "unknown" : { prefix, short: option("format") !== "long", place };
	}
	if (type === "type=raw") return shapeOf(option("value") ?? "$", place);
	if (/^type=(?:ref|semver|pep440|schedule|edge|match)\b/.test(type!) || tag === "(default)") return "other";
	return /^[\w.-]+$/.test(tag) || /^\$\{\{ github\.ref_name \}\}$/.test(tag) ? "other" : "unknown";
}

/** A script outside of the workflows builds or tags it, too. */
const isMadeByScripts = (tree: Tree, repository: string): boolean =>
	imagesOf(tree).some(
		(one) => one.how === "makes" && one.repository === repository && !one.file.path.startsWith(".github/workflows/"),
	);
