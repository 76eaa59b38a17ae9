import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { buildsOf, driverOf, type Build, type Told } from "../workflows/builds.ts";
import { dockerCall, runOf } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";

/** Platforms of the index of a base image, where it has few. */
const BASES: readonly (readonly [RegExp, readonly string[]])[] = [
	[/^(?:docker\.io\/)?nvidia\/cuda:|^nvcr\.io\/nvidia\//, ["linux/amd64", "linux/arm64"]],
	[/^(?:docker\.io\/)?pytorch\/pytorch:/, ["linux/amd64"]],
	[/^(?:docker\.io\/)?rocm\//, ["linux/amd64"]],
];

export default {
	code: "TS209",
	scope: "static",
	severity: "error",
	question: "Can the builder of every job do what its builds ask for: cache, platforms, local tags?",
	why: "The docker driver exports no cache and builds one platform; an isolated builder sees no image that an earlier step loaded, and looks for it in the public registry.",
	example:
		"`driver: docker` with `cache-to: type=gha`; `build-args: BASE_IMAGE=base:ci` of a tag that only `load: true` made.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		return { looked: counted(tree), findings: jobs.flatMap((job) => faultsOf(job, tree)) };
	},
} satisfies StaticCheck;

function faultsOf(job: Job, tree: Tree): Found[] {
	const builds = buildsOf(job);
	return builds.flatMap((build) => {
		const driver = driverOf(job, build.step.index);
		return [
			...(driver.name === "docker" ? byDaemon(build, driver.place) : []),
			...severalLoaded(build),
			...(driver.name === "docker-container" && !build.plain
				? [...localBase(build, builds, driver.place, tree), ...leftInCache(build, job, driver.place)]
				: []),
			...foreignPlatform(build, tree),
		];
	});
}

const platformsOf = ({ platforms }: Build): string[] =>
	(platforms?.text ?? "")
		.split(/[\n,]/)
		.map((one) => one.trim())
		.filter((one) => one !== "" && !one.includes("$"));

/** Docker 29 can, where its image store is containerd's; GitHub's runners and older daemons have the other one. */
const UNLESS = "unless the daemon keeps its images in containerd";

function byDaemon(build: Build, driver: FilePlace | undefined): Found[] {
	const { cacheTo, platforms, place } = build;
	const say =
		driver === undefined
			? "add a step docker/setup-buildx-action before it"
			: "take `driver: docker` out of docker/setup-buildx-action";
	const severity = driver === undefined ? "warning" : "error";
	const found = (message: string, told: Told): Found => ({
		message,
		evidence: driver === undefined ? [told.place, place] : [driver, told.place],
		fix: { say },
		severity,
	});
	const kind = /type=(\w+)/.exec(cacheTo?.text ?? "")?.[1];
	const exports = cacheTo !== undefined && kind !== "inline" && (kind !== undefined || !cacheTo.text.includes("$"));
	return [
		...(exports
			? [found(`the docker driver exports no cache, ${UNLESS}, and \`${cacheTo.text.trim()}\` asks for it`, cacheTo)]
			: []),
		...(platformsOf(build).length > 1
			? [
					found(
						`the docker driver builds one platform, ${UNLESS}, and \`${platforms!.text.trim()}\` asks for several`,
						platforms!,
					),
				]
			: []),
	];
}

function severalLoaded(build: Build): Found[] {
	if (build.load === undefined || build.load.text.includes("$") || platformsOf(build).length < 2) return [];
	return [
		{
			message: `\`load\` cannot bring an image of several platforms (${build.platforms!.text.trim()}) into the daemon`,
			evidence: [build.load.place, build.platforms!.place],
			fix: { say: "load one platform for the test, and push the others in a build after it" },
		},
	];
}

const valueOf = ({ text }: Told): string =>
	text
		.slice(text.indexOf("=") + 1)
		.trim()
		.replaceAll(/^["']|["']$/g, "");

/** A build argument that names a tag which an earlier build only loaded. */
function localBase(build: Build, builds: readonly Build[], driver: FilePlace | undefined, tree: Tree): Found[] {
	const before = builds.slice(0, builds.indexOf(build)).filter(({ push }) => push === undefined);
	const file = build.file === undefined ? undefined : tree.file(build.file);
	const named = (file?.lines ?? []).flatMap((line, index): Told[] => {
		const image = /^\s*FROM\s+(?:--platform=\S+\s+)?([^\s$]+)/i.exec(line)?.[1];
		return image === undefined ? [] : [{ text: image, place: file!.place(index + 1) }];
	});
	return [...build.buildArgs, ...named].flatMap((argument) => {
		const image = valueOf(argument);
		const made = image === "" ? undefined : before.flatMap(({ tags }) => tags).find(({ text }) => text === image);
		if (made === undefined) return [];
		return [
			{
				message: `\`${argument.text}\` names a tag that an earlier step only loaded: the isolated builder looks for it in a registry`,
				evidence: [driver ?? argument.place, argument.place, made.place],
				fix: {
					say: "build with the daemon (docker/setup-buildx-action with driver: docker), or push the base and name its digest",
				},
			},
		];
	});
}

/** A result that stays in the cache of the builder, though a later step runs it. */
function leftInCache(build: Build, job: Job, driver: FilePlace | undefined): Found[] {
	if (build.push !== undefined || build.load !== undefined || build.outputs !== undefined) return [];
	const later = job.steps.slice(build.step.index + 1).flatMap((step) => scriptOf(step) ?? []);
	for (const script of later) {
		if (/docker (?:pull|load|import)\b/.test(script.text)) return [];
		for (const command of script.commands) {
			const call = dockerCall(command);
			const image = runOf(command)?.image ?? (call?.verb === "tag" || call?.verb === "push" ? call.rest[0] : undefined);
			const tag = image && build.tags.find(({ text }) => text === script.raw(image).replaceAll(/["']/g, ""));
			if (tag === undefined) continue;
			return [
				{
					message: `\`docker ${call!.verb} ${tag.text}\` finds no such image: its build leaves it in the cache of the builder`,
					evidence: [build.place, script.place(command.words[0]!.start), ...(driver === undefined ? [] : [driver])],
					fix: { say: "add `load: true` to the build" },
				},
			];
		}
	}
	return [];
}

function foreignPlatform(build: Build, tree: Tree): Found[] {
	const file = build.file === undefined ? undefined : tree.file(build.file);
	const from = file?.lines.findIndex((line) => /^\s*FROM\s/i.test(line)) ?? -1;
	const base = /^\s*FROM\s+(?:--platform=\S+\s+)?(\S+)/i.exec(file?.lines[from] ?? "")?.[1] ?? "";
	const known = BASES.find(([pattern]) => pattern.test(base))?.[1];
	const missing = platformsOf(build).filter(
		(one) => known !== undefined && !known.includes(one.replace(/^(linux\/arm64)\/v8$/, "$1")),
	);
	if (missing.length === 0) return [];
	return [
		{
			message: `${missing.join(", ")} is not among the platforms of the base image ${base} (${known!.join(", ")})`,
			evidence: [build.platforms!.place, file!.place(from + 1)],
			fix: { say: `take ${missing.join(", ")} out of the platforms` },
		},
	];
}
