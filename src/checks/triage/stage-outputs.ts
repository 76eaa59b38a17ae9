import { posix } from "node:path";
import { workdirAt, copyWords } from "../dockerfile/image-files.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { outputsOf } from "../javascript/outputs.ts";
import { nearest } from "../../system/nearest.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS338",
	scope: "static",
	severity: "error",
	question: "Does every COPY --from take what the other stage makes?",
	why: "The stage builds for minutes, and then the copy says `not found`: the output has another name.",
	example: "`go build -o /out/gate` and `COPY --from=build /out/gateway /usr/local/bin/`: copy /out/gate.",
	run(tree) {
		const models = dockerfilesOf(tree);
		return {
			looked: `${models.length} Dockerfiles`,
			findings: models.flatMap((model) => model.steps.flatMap((step) => missing(tree, model, step))),
		};
	},
} satisfies StaticCheck;

function missing(tree: Tree, model: DockerModel, step: Step): Found[] {
	const from = step.flags.get("from")?.toLowerCase();
	const words = step.keyword === "COPY" && from !== undefined ? copyWords(step) : undefined;
	const stage = model.stages.find(({ name, index }) => name === from || String(index) === from);
	if (words === undefined || stage === undefined) return [];
	return words.sources.flatMap((source): Found[] => {
		const found = /[$*?[]/.test(source)
			? undefined
			: (otherOutput(stage, source) ?? otherFolder(tree, model, stage, source));
		if (found === undefined) return [];
		return [
			{
				message: `${model.file.path} copies ${source} from the stage ${stage.name ?? stage.index}, which makes ${found.made}`,
				evidence: [
					model.file.placeAt(step.argsAt + Math.max(0, step.args.indexOf(source))),
					model.file.placeAt(found.by.start),
				],
				fix: { say: `copy ${found.instead}` },
			},
		];
	});
}

type Other = { made: string; instead: string; by: Step } | undefined;

/** `-o` of a compiler, in the same folder and with another name, where nothing else names what is copied. */
function otherOutput(stage: Stage, source: string): Other {
	const runs = stage.steps.filter(({ keyword }) => keyword === "RUN");
	const outputs = runs.flatMap((by) =>
		scriptOf(by).commands.flatMap(({ words }) => {
			if (!/^(?:go|gcc|g\+\+|clang|cc)$/.test(words.find(({ text }) => !/^\w+=/.test(text))?.text ?? "")) return [];
			const at = words.findIndex(({ text }) => text === "-o");
			const path = words[at + 1]?.text;
			const workdir = workdirAt(stage, by);
			if (at === -1 || path === undefined || /[$]/.test(path) || (workdir === undefined && !path.startsWith("/")))
				return [];
			return [{ path: path.startsWith("/") ? path : posix.resolve(workdir!, path), by, folder: path.endsWith("/") }];
		}),
	);
	const absolute = source.startsWith("/") ? source : `/${source}`;
	const beside = outputs.filter(({ path, folder }) => !folder && posix.dirname(path) === posix.dirname(absolute));
	const base = posix.basename(absolute);
	if (beside.length === 0 || outputs.some(({ path }) => path === absolute || absolute.startsWith(`${path}/`)))
		return undefined;
	// Anything that names it, or copies a whole folder there, may bring it.
	const named = stage.steps.some(
		(step) =>
			step.keyword !== "WORKDIR" &&
			new RegExp(`(?<![\\w.-])${base.replaceAll(/[.+]/g, "\\$&")}(?![\\w-])`).test(step.rest) &&
			!new RegExp(`\\./(?:cmd/)?${base}\\b`).test(step.rest),
	);
	if (named || stage.steps.some(({ keyword, rest }) => keyword === "COPY" && rest.includes(base))) return undefined;
	const instead =
		nearest(
			absolute,
			beside.map(({ path }) => path),
		) ?? beside[0]!.path;
	return {
		made: beside.map(({ path }) => path).join(", "),
		instead,
		by: beside.find(({ path }) => path === instead)!.by,
	};
}

const BUILDERS: readonly (readonly [RegExp, string, RegExp])[] = [
	[/\bvite build\b/, "dist", /(?:^|\/)vite\.config\.[cm]?[jt]s$/],
	[/\breact-scripts build\b/, "build", /^$/],
];

/** The folder that a web page's builder fills, against another of the usual names. */
function otherFolder(tree: Tree, { file }: DockerModel, stage: Stage, source: string): Other {
	const base = posix.basename(source.replace(/\/$/, ""));
	if (!/^(?:dist|build|out|public)$/.test(base)) return undefined;
	const by = stage.steps.find(
		({ keyword, rest }) => keyword === "RUN" && /\b(?:npm|pnpm|yarn)\s+(?:run\s+)?build\b/.test(rest),
	);
	const manifests = (contextsOf(tree, file.path) ?? []).flatMap(
		(context) => tree.file(posix.join(context, "package.json")) ?? [],
	);
	if (by === undefined || manifests.length !== 1) return undefined;
	const folder = posix.dirname(manifests[0]!.path).replace(/^\.$/, "");
	const script = /"build"\s*:\s*"([^"]*)"/.exec(manifests[0]!.text)?.[1] ?? "";
	const compiled = /^tsc\b/.test(script)
		? outputsOf(tree).filter((one) => one.folder === manifests[0]!.path.slice(0, -"package.json".length))
		: [];
	const [only] = compiled;
	if (
		compiled.length === 1 &&
		only!.outDir !== base &&
		!only!.outDir.includes("/") &&
		!tree.has(posix.join(folder, base)) &&
		!new RegExp(`[\\s/"]${base}[\\s/"]`).test(script + file.text.slice(0, by.end))
	)
		return { made: only!.outDir, instead: source.replace(new RegExp(`${base}(/?)$`), `${only!.outDir}$1`), by };
	const builder = BUILDERS.find(([pattern]) => pattern.test(script));
	if (builder === undefined || builder[1] === base || /outDir|BUILD_PATH/.test(script + file.text)) return undefined;
	const settings = tree.files.filter(
		({ path }) => builder[2].test(path) && posix.dirname(path).replace(/^\.$/, "") === folder,
	);
	if (settings.some(({ text }) => /outDir|distDir/.test(text)) || tree.has(posix.join(folder, base))) return undefined;
	return { made: builder[1], instead: source.replace(new RegExp(`${base}(/?)$`), `${builder[1]}$1`), by };
}
