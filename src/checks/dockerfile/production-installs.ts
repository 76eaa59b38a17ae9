import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { contextsOf } from "./contexts.ts";
import { chainOf, copiesOf } from "./image-files.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage } from "./model.ts";

/** An image that holds the packages of `dependencies` alone. */
export interface ProductionInstall {
	model: DockerModel;
	place: FilePlace;
	/** As it is typed. */
	typed: string;
	/** The folder of its package.json, from the root. */
	folder: string;
}

const INSTALLS =
	/^(?:npm (?:ci|install|i|prune)|pnpm (?:install|i|prune|deploy)|yarn(?: install| workspaces focus)?(?= |$))/;
const OMITS = /\s(?:--omit[= ]?dev|--production(?!=false)|--only[= ]prod(?:uction)?|--prod|-P)(?:\s|$)/;

export const productionInstalls = (tree: Tree): ProductionInstall[] =>
	dockerfilesOf(tree).flatMap((model) => {
		const last = model.stages.at(-1);
		if (last === undefined) return [];
		// Any stage may be built by its name: none of those without a successor may hold all packages.
		const tops = model.stages.filter((stage) => stage === last || isLeaf(model, stage));
		const all = tops.flatMap((top) => held(model, top));
		if (all.some(({ full }) => full)) return [];
		return all.slice(0, 1).flatMap(({ place, typed, stage }) => {
			const folders = manifestFolders(tree, model, stage);
			return folders.length === 1 ? [{ model, place, typed, folder: folders[0]! }] : [];
		});
	});

const isLeaf = (model: DockerModel, stage: Stage): boolean =>
	!model.stages.some(
		(other) =>
			other.parent === stage ||
			other.steps.some(({ flags }) => [stage.name, String(stage.index)].includes(flags.get("from")?.toLowerCase())),
	);

interface Held {
	full: boolean;
	typed: string;
	place: FilePlace;
	stage: Stage;
}

/** The installs whose packages end up in a stage: its own, and of stages that it copies them from. */
function held(model: DockerModel, stage: Stage): Held[] {
	const copied = chainOf(stage).flatMap(({ steps }) =>
		steps.filter(({ keyword, flags, rest }) => keyword === "COPY" && flags.has("from") && mayHoldPackages(rest)),
	);
	const from = copied.flatMap(({ flags }) => {
		const name = flags.get("from")!.toLowerCase();
		return model.stages.filter((one) => one.name === name || String(one.index) === name);
	});
	return [stage, ...from].flatMap((one) => installIn(model, one) ?? []);
}

/** `node_modules`, or a whole folder: `/app`, `.`; not what a build made alone. */
const mayHoldPackages = (rest: string): boolean => {
	const words = rest.trim().split(/\s+/).slice(0, -1);
	return words.some(
		(word) =>
			/node_modules/.test(word) ||
			!/(?:^|\/)(?:dist|build|out|lib|public|\.next|bin|static|[\w-]+\.\w+)\/?$/.test(word),
	);
};

/** The last install of a stage and of those below it. */
function installIn(model: DockerModel, stage: Stage): Held | undefined {
	let found: Held | undefined;
	let production = false;
	for (const one of chainOf(stage))
		for (const step of one.steps) {
			if (step.keyword === "ENV" && /\bNODE_ENV[= ]["']?production/.test(step.rest)) production = true;
			if (step.keyword !== "RUN") continue;
			for (const { words } of scriptOf(step).commands) {
				const typed = words
					.map(({ text }) => text)
					.join(" ")
					.replace(/^(?:\w+=\S+ )+/, "");
				if (!INSTALLS.test(typed) || /\s(?:-g|--global)\b/.test(typed)) continue;
				const omits =
					OMITS.test(`${typed} `) ||
					(production &&
						/^(?:npm|pnpm|yarn)/.test(typed) &&
						!/--include[= ]dev|--production=false|--prod=false|--dev\b/.test(typed) &&
						!typed.startsWith("yarn workspaces"));
				if (/\bprune\b/.test(typed) && !omits) continue;
				// A package by its name comes on top of the others.
				if (/^(?:npm (?:install|i)|pnpm (?:install|i)) (?:.* )?(?!-)[@\w]/.test(typed.replaceAll(/\s-\S+/g, "")))
					return undefined;
				found = { full: !omits, typed, place: model.file.placeAt(step.restAt + words[0]!.start), stage: one };
			}
		}
	return found;
}

/** Where the package.json lies that the stage's install reads. */
function manifestFolders(tree: Tree, { file }: DockerModel, stage: Stage): string[] {
	const contexts = contextsOf(tree, file.path) ?? [""];
	const sources = copiesOf(stage)
		.filter(({ from }) => from === undefined)
		.flatMap((one) => one.sources);
	const named = sources.flatMap((source) =>
		/(?:^|\/)package(?:\*|\.json|\*?\.json)$/.test(source) ? [posix.dirname(source)] : source === "." ? ["."] : [],
	);
	const folders = named.flatMap((folder) => contexts.map((context) => posix.join(context, folder).replace(/^\.$/, "")));
	return [...new Set(folders)].filter((folder) => tree.has(posix.join(folder, "package.json")));
}
