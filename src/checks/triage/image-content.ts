import { posix } from "node:path";
import { contextsOf } from "../dockerfile/contexts.ts";
import { globOf, ignoreFileOf, ignoredBy } from "../dockerfile/ignore-file.ts";
import { copyWords, onPlainBase } from "../dockerfile/image-files.ts";
import { landingFolders } from "../dockerfile/landing-folders.ts";
import { leftOutFiles, type LeftOut } from "../dockerfile/left-out-files.ts";
import { dockerfilesOf, type DockerModel, type Step } from "../dockerfile/model.ts";
import { launchesOf, type Launch } from "../launch/launches.ts";
import { endingIn } from "../launch/resolve.ts";
import { moduleFile } from "../python/modules.ts";
import { besideOf } from "../shell/beside.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS322",
	scope: "static",
	severity: "error",
	question: "Does the image hold everything that it starts, and the files that it names?",
	why: "A selective COPY leaves out what the supervisor or the start names: the container boots, and the program is not there.",
	example: "`COPY src/ /app/src/` and the supervisor starts /app/scripts/run.sh: add `COPY scripts/ /app/scripts/`.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const launches = launchesOf(tree).filter(
			({ by, image }) => by === "supervisor" || (by === "dockerfile" && image!.step.keyword !== "RUN"),
		);
		const findings = models.length === 0 ? [] : launches.flatMap((launch) => leftOut(tree, models, launch));
		findings.push(...models.flatMap((model) => leftOutFiles(tree, model).map((one) => unread(model, one))));
		return { looked: `${launches.length} starts in images`, findings: joined(findings) };
	},
} satisfies StaticCheck;

/** What several places want and one instruction lacks is one finding. */
const joined = (findings: readonly Found[]): Found[] =>
	[...Map.groupBy(findings, ({ fix, evidence }) => JSON.stringify([fix.say, evidence[0]])).values()].map(
		([first, ...others]) => {
			const more = [first!, ...others].flatMap(({ evidence }) => evidence.slice(1));
			const places = new Map(more.map((place) => [JSON.stringify(place), place]));
			return { ...first!, evidence: [first!.evidence[0], ...places.values()] };
		},
	);

const unread = ({ file }: DockerModel, { path, source, copy, named }: LeftOut): Found => ({
	message: `${named[0]!.path} names ${path}, and no COPY of ${file.path} brings ${source}`,
	evidence: [copy, ...named.slice(0, 5)],
	fix: { say: `COPY ${source} to ${path} in ${file.path}` },
});

function leftOut(tree: Tree, models: readonly DockerModel[], launch: Launch): Found[] {
	const target = fileOf(tree, launch);
	if (target === undefined || target === launch.file.path) return [];
	// Settings that no image holds are another machine's.
	const home = launch.image?.model ?? models.find((model) => bringing(tree, model, launch.file.path) !== undefined);
	if (home === undefined || isMade(tree, models, target)) return [];
	// What stands on an image of one's own may have it from there.
	const near = launch.image !== undefined && onPlainBase(launch.image.stage) ? [home] : models;
	const bringers = near.flatMap((model) => bringing(tree, model, target) ?? []);
	const sent = bringers.find(({ ignored }) => ignored === undefined);
	if (sent !== undefined)
		return [
			...needed(tree, models, tree.file(target)),
			...apart(
				launch,
				home,
				target,
				bringers.map(({ model }) => model),
			),
		];
	const ignored = bringers.map((one) => one.ignored).find((one) => one !== undefined);
	return [
		{
			message: `${launch.file.path} starts ${launch.name}, and ${ignored === undefined ? `no COPY of ${home.file.path} brings ${target}` : `${ignored.path} leaves ${target} out of the image`}`,
			evidence: [
				...(ignored === undefined ? [home.file.placeAt(lastCopy(home)?.start ?? 0)] : [ignored]),
				launch.file.place(launch.line),
			] as unknown as Found["evidence"],
			fix: {
				say:
					ignored === undefined
						? `COPY ${target} into the image in ${home.file.path}`
						: `write !${target} below that line`,
			},
		},
	];
}

/** The file of the tree that a start means; undefined when it is not sure. */
function fileOf(tree: Tree, launch: Launch): string | undefined {
	if (launch.kind !== "script") return moduleFile(tree, launch.name, undefined)?.path;
	if (/^\/(?:usr\/(?:s?bin|lib|share)|bin|sbin|etc|lib|proc|dev|tmp)\//.test(launch.name)) return undefined;
	const tails = launch.name
		.replace(/^(?:\.{0,2}\/)+/, "")
		.split("/")
		.map((_, index, parts) => parts.slice(index).join("/"));
	return tails.map((tail) => endingIn(tree, tail)).find((one) => one !== undefined);
}

interface Bringer {
	model: DockerModel;
	ignored: ReturnType<NonNullable<ReturnType<typeof ignoreFileOf>>["place"]> | undefined;
}

/** Whether a COPY of a Dockerfile names a file of the tree, or a folder above it. */
function bringing(tree: Tree, model: DockerModel, path: string): Bringer | undefined {
	const contexts = contextsOf(tree, model.file.path);
	if (contexts === undefined) return { model, ignored: undefined };
	for (const context of contexts) {
		const start = context === "" ? 0 : context.length + 1;
		if (context !== "" && !path.startsWith(`${context}/`)) continue;
		const named = model.steps.some((step) => sourcesOf(step).some((source) => covers(source, path.slice(start))));
		if (!named) continue;
		const file = ignoreFileOf(tree, model.file.path, context);
		const line = file && ignoredBy(file, path.slice(start));
		return { model, ignored: line === undefined ? undefined : file!.place(line) };
	}
	return undefined;
}

const sourcesOf = (step: Step): string[] =>
	/^(?:COPY|ADD)$/.test(step.keyword) && !step.flags.has("from")
		? (copyWords(step)?.sources ?? []).map((source) => source.replace(/^(?:\.?\/)+/, "").replace(/\/$/, ""))
		: [];

const covers = (source: string, path: string): boolean =>
	source === "" ||
	source === "." ||
	source.includes("$") ||
	path === source ||
	path.startsWith(`${source}/`) ||
	(/[*?[]/.test(source) &&
		path.split("/").some((_, index, parts) => globOf(source).test(parts.slice(0, index + 1).join("/"))));

const namesInRun = ({ steps }: DockerModel, base: string): boolean =>
	steps.some(({ keyword, rest }) => keyword === "RUN" && rest.replaceAll(/\bchmod\b[^\n;&|]*/g, "").includes(base)) ||
	steps.some(({ rest }) => /\bgit\s+clone\b[^\n;&]*\$/.test(rest));

/** Another instruction may make it, or a compose file mounts it, or a folder above it, when the image runs. */
const isMade = (tree: Tree, models: readonly DockerModel[], target: string): boolean =>
	models.some((model) => namesInRun(model, posix.basename(target))) ||
	tree.files.some(
		({ path, text }) =>
			/(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$|(?:^|\/)compose\/[^/]*\.ya?ml$/.test(path) &&
			[...text.matchAll(/^[ \t]*-\s*["']?(\.{1,2}(?:\/[\w./-]*)?):\/\w/gm)].some(([, source]) => {
				const at = posix.join(posix.dirname(path), source!).replace(/\/$/, "");
				return at === "." || at.startsWith("..") || target === at || target.startsWith(`${at}/`);
			}),
	);

/** What a script that the image holds takes in or starts beside itself, and what that does in turn. */
function needed(tree: Tree, models: readonly DockerModel[], script: SourceFile | undefined): Found[] {
	const waiting = script?.language === "shell" ? [script] : [];
	const found: Found[] = [];
	const seen = new Set(waiting);
	for (let by = waiting.pop(); by !== undefined; by = waiting.pop())
		for (const { file, at, how } of besideOf(tree, by, landingFolders(tree, models, by.path))) {
			if (seen.has(file)) continue;
			seen.add(file);
			const bringers = models.filter((model) => bringing(tree, model, file.path) !== undefined);
			if (bringers.length > 0 && file.language === "shell") waiting.push(file);
			if (bringers.length > 0 || isMade(tree, models, file.path)) continue;
			const home = models.find((model) => bringing(tree, model, by!.path) !== undefined)!;
			found.push({
				message: `${by.path} ${how} ${file.path}, and no COPY of ${home.file.path} brings that`,
				evidence: [home.file.placeAt(copyOf(home, by.path)?.start ?? 0), by.placeAt(at)],
				fix: { say: `COPY ${file.path} into the image in ${home.file.path}` },
			});
		}
	return found;
}

/** The instruction that names a file, or the last one. */
const copyOf = (model: DockerModel, path: string): Step | undefined =>
	model.steps.findLast((step) => sourcesOf(step).some((source) => covers(source, path))) ?? lastCopy(model);

const lastCopy = ({ steps }: DockerModel): Step | undefined => steps.findLast(({ keyword }) => keyword === "COPY");

/** Settings in one image, and what they start only in another, though the first one starts them by itself. */
function apart(launch: Launch, home: DockerModel, target: string, bringers: readonly DockerModel[]): Found[] {
	if (launch.by !== "supervisor" || bringers.includes(home)) return [];
	const starts = home.steps.find(
		({ keyword, rest }) => (keyword === "CMD" || keyword === "ENTRYPOINT") && rest.includes("supervisord"),
	);
	if (starts === undefined) return [];
	return [
		{
			message: `${home.file.path} starts supervisor with ${launch.file.path}, and only ${bringers[0]!.file.path} brings ${target}, which that file starts`,
			severity: "warning",
			evidence: [launch.file.place(launch.line), home.file.placeAt(starts.start)],
			fix: { say: `copy ${launch.file.path} and ${target} in the same Dockerfile` },
		},
	];
}
