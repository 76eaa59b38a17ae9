import { posix } from "node:path";
import { copiesOf } from "../dockerfile/image-files.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { interpreterOf, type Interpreter } from "../dockerfile/interpreter.ts";
import { dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { placeIn } from "../facts/found.ts";
import { versionsOf, type VersionPlace } from "../facts/versions.ts";
import { copiedCode } from "../python/image-roles.ts";
import { newerNames } from "../python/newer-names.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS399",
	scope: "static",
	severity: "error",
	question: "Is the Python or Node of an image new enough for the code that it copies?",
	why: "The tests run with another version: the program of the image ends at the first import that its own does not have.",
	example: "`apt-get install python3` on Ubuntu 22.04 (3.10), and the code imports enum.StrEnum (3.11): install 3.11.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return {
			looked: `the interpreters of ${models.length} Dockerfiles`,
			findings: models.flatMap((model) => {
				const last = model.stages.at(-1);
				return last === undefined ? [] : [...inPython(tree, model, last), ...inNode(tree, model, last)];
			}),
		};
	},
} satisfies StaticCheck;

/** Why a version is too old: what is demanded, and where. */
interface Demand {
	what: string;
	version: string;
	place: FilePlace;
}

function inPython(tree: Tree, model: DockerModel, stage: Stage): Found[] {
	const own = interpreterOf(model, stage, "python");
	if (own === undefined) return [];
	const code = copiedCode(tree, model, stage);
	const floors = code.flatMap(({ path }) => floorFor(tree, "python", path) ?? []);
	const demands = [
		...[...new Set(floors)].map((one): Demand => ({
			what: `${one.file.path} demands ${one.version}`,
			version: one.version,
			place: placeIn(one.file, one.line),
		})),
		...code.flatMap((file) =>
			newerNames(file).map(({ name, since, at }): Demand => ({
				what: `${file.path} imports ${name} of ${since}`,
				version: since,
				place: file.placeAt(at),
			})),
		),
	];
	return tooOld(model, "Python", own, demands);
}

/** The package.json of a folder that is copied. */
function inNode(tree: Tree, model: DockerModel, stage: Stage): Found[] {
	const own = interpreterOf(model, stage, "node");
	if (own === undefined) return [];
	const contexts = contextsOf(tree, model.file.path) ?? [""];
	const sources = copiesOf(stage).flatMap((one) =>
		one.from === undefined
			? one.sources.flatMap((source) => contexts.map((context) => posix.join(context, source)))
			: [],
	);
	const floors = versionsOf(tree).filter(
		({ tool, least, file }) =>
			tool === "node" &&
			least &&
			sources.some((source) => posix.join(source, "package.json") === file.path || source === file.path),
	);
	return tooOld(
		model,
		"Node",
		own,
		floors.map((one) => ({
			what: `${one.file.path} demands ${one.version}`,
			version: one.version,
			place: placeIn(one.file, one.line),
		})),
	);
}

/** What the nearest manifest above a file demands. */
const floorFor = (tree: Tree, tool: VersionPlace["tool"], path: string): VersionPlace | undefined =>
	versionsOf(tree)
		.filter((one) => one.tool === tool && one.least && isBelow(path, posix.dirname(one.file.path)))
		.toSorted((a, b) => b.file.path.split("/").length - a.file.path.split("/").length)[0];

const isBelow = (path: string, folder: string): boolean => folder === "." || path.startsWith(`${folder}/`);

const order = (version: string): number => {
	const [major = "0", minor = "0"] = version.split(".");
	return Number(major) * 1000 + Number(minor);
};

function tooOld(model: DockerModel, name: string, own: Interpreter, all: readonly Demand[]): Found[] {
	const demands = all.filter(({ version }) => order(version) > order(own.version));
	const [first] = demands;
	if (first === undefined) return [];
	const need = demands.map(({ version }) => version).toSorted((a, b) => order(b) - order(a))[0]!;
	const places = [own.place, own.base, ...demands.slice(0, 4).map(({ place }) => place)];
	return [
		{
			message: `${model.file.path} has ${name} ${own.version} (${own.from}), and ${first.what}`,
			evidence: [...new Map(places.map((place) => [`${place.path}:${place.line}`, place])).values()] as [FilePlace],
			fix: { say: `give the image ${name} ${need} or newer` },
		},
	];
}
