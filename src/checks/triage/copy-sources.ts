import { posix } from "node:path";
import { contextsOf } from "../dockerfile/contexts.ts";
import { globOf, ignoreFileOf, ignoredBy } from "../dockerfile/ignore-file.ts";
import { copyWords } from "../dockerfile/image-files.ts";
import { assignments, dockerfilesOf, type DockerModel, type Step } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS304",
	scope: "static",
	severity: "error",
	question: "Does every COPY find its source in what is sent to the build?",
	why: "A source that was moved, deleted or left out by .dockerignore stops the build: `failed to compute cache key`.",
	example:
		"`COPY web/package.json ./` and .dockerignore has `web`: take that line out, or write `!web/package.json` below it.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const all = models.flatMap((model) => missing(tree, model));
		return {
			looked: `${models.length} Dockerfiles`,
			findings: [
				...all.filter((one): one is Found => !("ignored" in one)),
				...byLine(all.filter((one): one is Ignored => "ignored" in one)),
			],
		};
	},
} satisfies StaticCheck;

/** A source that a line of an ignore file leaves out. */
interface Ignored {
	ignored: FilePlace;
	dockerfile: string;
	source: string;
	place: FilePlace;
}

/** One finding a line of an ignore file, with all that it leaves out. */
const byLine = (all: readonly Ignored[]): Found[] =>
	[...Map.groupBy(all, ({ ignored }) => `${ignored.path}:${ignored.line}`).values()].map((group) => {
		const { ignored, dockerfile, source } = group[0]!;
		const sources = [...new Set(group.map((one) => one.source))];
		const copies = [...Map.groupBy(group, (one) => one.dockerfile)].map(
			([path, own]) => `${path} copies ${[...new Set(own.map((one) => one.source))].join(", ")}`,
		);
		const places = new Map(group.map(({ place }) => [`${place.path}:${place.line}`, place]));
		return {
			message:
				group.length === 1
					? `${dockerfile} copies ${source}, and ${ignored.path} leaves it out of the build`
					: `${copies.join("; ")}, and \`${ignored.text.trim()}\` of ${ignored.path} leaves that out of the build`,
			evidence: [ignored, ...places.values()],
			fix: {
				say: `write ${sources.map((one) => `\`!${one}\``).join(", ")} below \`${ignored.text.trim()}\` in ${ignored.path}`,
			},
		};
	});

function missing(tree: Tree, model: DockerModel): (Found | Ignored)[] {
	const contexts = contextsOf(tree, model.file.path);
	if (contexts === undefined) return [];
	const values = new Map(
		model.steps
			.filter(({ keyword }) => keyword === "ARG")
			.flatMap((step) => assignments(step).map(([name, value]) => [name, value] as const)),
	);
	return [
		...model.steps.flatMap((step) => noStage(tree, model, step)),
		...model.steps.flatMap((step) =>
			sourcesOf(step, values).flatMap((source): (Found | Ignored)[] => {
				const looked = contexts.map((context) => lookFor(tree, model.file.path, context, source));
				if (looked.includes("there") || (looked.every((one) => one === "missing") && mayMatchNothing(step, source)))
					return [];
				const ignored = looked.find((one) => typeof one === "object");
				const at = model.file.placeAt(step.start);
				const line = lineOf(model, step, source) ?? at;
				if (typeof ignored === "object") return [{ ignored, dockerfile: model.file.path, source, place: line }];
				const base = posix.basename(source);
				const moved = /[*?[]/.test(base)
					? undefined
					: tree.paths.find((path) => path.endsWith(`/${base}`) || path === base);
				return [
					{
						message: step.rest.includes(`../${source}`)
							? `${model.file.path} copies ../${source}, which is outside of what is sent to its build`
							: `${model.file.path} copies ${source}, and the tree has no such ${source.endsWith("/") ? "folder" : "file"}`,
						evidence: [line],
						fix: {
							say: step.rest.includes(`../${source}`)
								? `build from a folder above (context: .), and copy ${source}`
								: moved === undefined
									? "bring it back, or take the COPY out"
									: `copy ${moved}, if that is the one`,
						},
					},
				];
			}),
		),
	];
}

/** `COPY pyproject.toml uv.lock* ./`: a pattern beside another source may match nothing. */
const mayMatchNothing = (step: Step, source: string): boolean =>
	/[*?[]/.test(source) && (copyWords(step)?.sources.length ?? 0) > 1;

/** Names that people give stages, and that are no image of Docker's library. */
const STAGE_NAME =
	/^(?:[\w-]+[-_])?(?:build(?:er|s|-?stage)?|deps|dependencies|install(?:er)?|frontend|backend|compile[rd]?|assets|wheels?|runtime|final|prod|dev|test|base)(?:[-_][\w-]+)?$/i;

/** `COPY --from=builder` where no stage has the name: docker asks the registry for an image that nobody made. */
function noStage(tree: Tree, { file, stages }: DockerModel, step: Step): Found[] {
	const from = step.flags.get("from");
	if (
		from === undefined ||
		!STAGE_NAME.test(from) ||
		stages.some(({ name }) => name?.toLowerCase() === from.toLowerCase())
	)
		return [];
	const given = new RegExp(`(?:build-context|additional_contexts|contexts)[^]*${RegExp.escape(from)}\\b`);
	if (tree.files.some(({ text, language }) => language !== "dockerfile" && given.test(text))) return [];
	const names = stages.flatMap(({ name }) => name ?? []);
	return [
		{
			message: `${file.path} copies from the stage ${from}, and no stage has that name`,
			evidence: [file.placeAt(step.start)],
			fix: {
				say: names.length === 0 ? `name a stage: FROM … AS ${from}` : `write one of ${names.join(", ")} for ${from}`,
			},
		},
	];
}

/** Paths that COPY, ADD and bind mounts take from the build's folder. */
function sourcesOf(step: Step, values: ReadonlyMap<string, string | undefined>): string[] {
	const mounts =
		step.keyword === "RUN" ? [...step.args.matchAll(/--mount=(type=bind\S*)/g)].map(([, one]) => one!) : [];
	const mounted = mounts.flatMap((one) =>
		/(?:^|,)from=/.test(one) ? [] : (/(?:^|,)(?:source|src)=([^,\s]+)/.exec(one)?.[1] ?? []),
	);
	const copies = /^(?:COPY|ADD)$/.test(step.keyword) && !step.flags.has("from") ? (copyWords(step)?.sources ?? []) : [];
	return [...mounted, ...copies]
		.map((source) => source.replaceAll(/\$\{?(\w+)\}?/g, (all, name: string) => values.get(name) ?? all))
		.filter((source) => !/^<<|^[a-z]+:\/\/|^git@|[$]/.test(source))
		.map((source) => source.replace(/^(?:\.{0,2}\/)+/, ""))
		.filter((source) => source !== "" && source !== ".");
}

/** In the context and sent, left out by a line of the ignore file, or not there. */
function lookFor(tree: Tree, dockerfile: string, context: string, source: string): "there" | "missing" | FilePlace {
	const at = posix.join(context, source).replace(/\/$/, "");
	const found = /[*?[]/.test(source) ? matching(tree, at) : tree.has(at) ? below(tree, at) : [];
	if (found.length === 0) return mayBeMade(tree, at) ? "there" : "missing";
	const ignore = ignoreFileOf(tree, dockerfile, context);
	if (ignore === undefined) return "there";
	const start = context === "" ? 0 : context.length + 1;
	const lines = found.map((path) => ignoredBy(ignore, path.slice(start)));
	return lines.includes(undefined) ? "there" : ignore.place(lines[0]!);
}

const below = (tree: Tree, path: string): string[] => {
	if (tree.paths.includes(path)) return [path];
	return tree.paths.filter((one) => one.startsWith(`${path}/`));
};

function matching(tree: Tree, pattern: string): string[] {
	const glob = globOf(pattern);
	return tree.paths.filter((path) => prefixes(path).some((one) => glob.test(one)));
}

const prefixes = (path: string): string[] =>
	path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));

/** The line of a continued COPY that names the source. */
function lineOf({ file }: DockerModel, step: Step, source: string): FilePlace | undefined {
	const at = step.args.indexOf(source);
	return at === -1 ? undefined : file.placeAt(step.argsAt + at);
}
