import { composeServices } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { buildsOf } from "../workflows/builds.ts";
import { readableOf } from "../workflows/model.ts";
import { typedBuilds } from "./build-targets.ts";

/** The build arguments that one build passes. */
export interface Passing {
	passed: readonly { name: string; place: FilePlace }[];
	/** Those that it may mean, from the root. */
	dockerfiles: readonly string[];
}

/** Of workflows, compose files, files of buildx bake, scripts and Makefiles; names that are computed are left out. */
export const passingIn = (tree: Tree): Passing[] => [
	...composed(tree),
	...readableOf(tree)
		.flatMap(({ jobs }) => jobs.flatMap(buildsOf))
		.flatMap(({ file, buildArgs }): Passing[] => {
			const passed = buildArgs.flatMap(({ text, place }) => {
				const name = nameIn(text.replace(/^--build-arg=/, "").replaceAll(/^["']/g, ""));
				return name === undefined ? [] : [{ name, place }];
			});
			return file === undefined ? [] : [{ passed, dockerfiles: [file] }];
		}),
	...tree.files.filter(({ path }) => standingOf(path) === "live").flatMap((file) => [...baked(file), ...typed(file)]),
];

const nameIn = (text: string): string | undefined => /^([A-Za-z_]\w*)(?=\s*[=:]|$)/.exec(text)?.[1];

/** `args:` of compose, a list or a mapping. */
const composed = (tree: Tree): Passing[] =>
	composeServices(tree).flatMap(({ file, lines, dockerfile }): Passing[] => {
		const args = lines.filter(({ path, block }) => path[2] === "build" && path[3] === "args" && !block);
		const passed = args.flatMap(({ path, value, line }) => {
			const name = path[4] === "-" ? nameIn(value) : path.length === 5 ? nameIn(path[4]!) : undefined;
			return name === undefined ? [] : [{ name, place: placeIn(file, line) }];
		});
		return dockerfile === undefined ? [] : [{ passed, dockerfiles: [dockerfile] }];
	});

function typed(file: SourceFile): Passing[] {
	return file.text.includes("--build-arg")
		? typedBuilds(file).map(({ line, at, dockerfiles }) => ({
				dockerfiles,
				passed: [...line.matchAll(/--build-arg(?:[ =]["']?)([A-Za-z_]\w*)(?=[=\s"'])/g)].map(({ 1: name, index }) => ({
					name: name!,
					place: file.placeAt(at + index),
				})),
			}))
		: [];
}

/** `args = { … }` of a target of buildx bake that has a Dockerfile of its own and inherits nothing. */
function baked(file: SourceFile): Passing[] {
	if (!/(?:^|\/)(?:docker-)?bake[^/]*\.hcl$/.test(file.path)) return [];
	return file.matches(/^target\s+"[^"]+"\s*\{\n([^]*?)^\}/gm).flatMap(({ 0: all, 1: body, index }): Passing[] => {
		const dockerfile = /^\s*dockerfile\s*=\s*"([^"$]+)"/m.exec(body!)?.[1];
		const args = /^\s*args\s*=\s*\{([^}]*)/m.exec(all);
		if (dockerfile === undefined || args === null || /^\s*inherits\s*=/m.test(body!)) return [];
		const from = index + args.index + args[0].length - args[1]!.length;
		const passed = [...args[1]!.matchAll(/^[ \t]*"?([A-Za-z_]\w*)"?[ \t]*=/gm)].map(({ 1: name, index: at }) => ({
			name: name!,
			place: file.placeAt(from + at),
		}));
		return [{ passed, dockerfiles: [dockerfile] }];
	});
}
