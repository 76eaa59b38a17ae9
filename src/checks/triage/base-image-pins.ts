import { dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { passingIn } from "../dockerfile/passed-arguments.ts";
import { baseOf, referenceOf } from "../dockerfile/reference.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { movedTags } from "../workflows/run-after.ts";

/** Tags that somebody moves by habit. */
const FLOATING =
	/^(?:latest|stable|edge|nightly|main|master|dev|devel|develop|head|rolling|testing|unstable|sid|current|lts|mainline|canary)$/i;

export default {
	code: "TS303",
	scope: "static",
	severity: "warning",
	question: "Does every image that is built or run have a valid, fixed reference?",
	why: "A tag such as latest is another image tomorrow: the same commit builds and runs something else. A placeholder is refused by Docker with `invalid reference format`.",
	example: "`FROM python` → `FROM python:3.12.7-slim@sha256:…`.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const composed = tree
			.in("yaml")
			.filter(
				(file) =>
					!isAside(file.path) &&
					!isTest(file.path) &&
					!isSample(file.path) &&
					file.has(/^[ \t]*(?:-\s+)?image:/m) &&
					!file.has(/\{\{/) &&
					!file.path.startsWith(".github/"),
			);
		const told = models.flatMap((model) => model.stages.flatMap((stage) => inFrom(model, stage)));
		const findings = [
			...(told.some(({ severity }) => severity === "note") ? told.filter((one) => !isGiven(tree, one)) : told),
			...composed.flatMap((file) => inYaml(tree, file)),
		];
		return { looked: `${models.length} Dockerfiles and ${composed.length} files that name images`, findings };
	},
} satisfies StaticCheck;

/** The tag is the default of an argument that a build of the tree gives another value, which is not known here. */
const isGiven = (tree: Tree, { severity, evidence: [first] }: Found): boolean =>
	severity === "note" &&
	"path" in first &&
	passingIn(tree).some(
		({ passed, dockerfiles }) =>
			dockerfiles.includes(first.path) &&
			passed.some(({ name, place }) => new RegExp(`^\\s*ARG\\s+${name}=`).test(first.text) && place.text.includes("$")),
	);

function inFrom(model: DockerModel, stage: Stage): Found[] {
	const { text, computed } = baseOf(model, stage);
	const { file } = model;
	if (stage.parent !== undefined || text === "scratch" || computed) return [];
	const names = [...stage.base.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!);
	const places = [...names.flatMap((name) => model.globals.get(name)?.step ?? []), stage.from].map(({ start }) =>
		file.placeAt(start),
	);
	const told = verdict(text, `FROM in ${file.path}`);
	// The stage of that name comes later, or in another case.
	return told === undefined ||
		(model.stages.some(({ name }) => name === text.toLowerCase()) && told.severity === "warning")
		? []
		: [{ ...told, evidence: places as unknown as Found["evidence"] }];
}

function verdict(
	text: string,
	where: string,
): (Pick<Found, "message" | "severity" | "fix"> & { severity: NonNullable<Found["severity"]> }) | undefined {
	const reference = referenceOf(text);
	if (reference === undefined)
		return {
			message: `${where}: \`${text}\` is no reference of an image`,
			severity: "error",
			fix: { say: "write name:tag@sha256:…; placeholders of a provider's templates mean nothing to Docker" },
		};
	const { name, tag, digest } = reference;
	if (digest !== undefined) return undefined;
	if (tag === undefined || FLOATING.test(tag))
		return {
			message: `${where}: ${text} is ${tag === undefined ? "no fixed version: Docker takes latest" : `no fixed version: the tag ${tag} moves`}`,
			severity: "warning",
			fix: {
				say: `fix the version and its digest: docker buildx imagetools inspect ${name}:TAG, then ${name}:TAG@sha256:…`,
			},
		};
	return {
		message: `${where}: ${text} has a tag and no digest`,
		severity: "note",
		fix: { say: `add the digest: docker buildx imagetools inspect ${text}, then ${text}@sha256:…` },
	};
}

/** `image:` of compose and Kubernetes; images that the same file builds are one's own. */
function inYaml(tree: Tree, file: SourceFile): Found[] {
	return file.lines.flatMap((line, index): Found[] => {
		const text = /^\s*(?:-\s+)?image:\s*["']?([^\s"'#]+)["']?\s*(?:#.*)?$/.exec(line)?.[1];
		if (text === undefined || /[$%{<]|^[a-z]+:\/\//.test(text)) return [];
		// A setting of the project's own, which its programs put a tag or a digest to.
		const reference = referenceOf(text);
		if (line.startsWith("image:") && reference && !reference.tag && !/gitlab-ci/.test(file.path)) return [];
		const told = verdict(text, file.path);
		if (told?.severity === "note" || told === undefined || builds(file, index)) return [];
		// A channel of the project: a workflow moves it to what was tested.
		if (movedTags(tree).has(text)) return [];
		return [{ ...told, evidence: [file.place(index + 1)] }];
	});
}

/** Whether the service of a line has a `build:` beside its `image:`. */
function builds({ lines }: SourceFile, at: number): boolean {
	const indent = /^\s*/.exec(lines[at]!)![0].length;
	const inside = (line: string) => line.trim() === "" || /^\s*/.exec(line)![0].length >= indent;
	let [from, to] = [at, at];
	while (from > 0 && inside(lines[from - 1]!)) from -= 1;
	while (to + 1 < lines.length && inside(lines[to + 1]!)) to += 1;
	return lines.slice(from, to + 1).some((line) => /^\s*build:/.test(line));
}
