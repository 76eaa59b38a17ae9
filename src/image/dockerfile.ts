import { DockerfileParser, type Copy, type From, type JSONInstruction } from "dockerfile-ast";

export interface DockerfileFacts {
	/** Context paths and patterns that COPY, ADD and bind mounts take, sorted, each once, without leading `./` or `/`. */
	paths: string[];
	/** Names of the build arguments it declares, sorted. */
	args: string[];
}

interface Stage {
	/** What other stages call it by: its name or its number. */
	names: readonly string[];
	/** Stages or images that it stands on, copies from or mounts. */
	from: string[];
	paths: string[];
}

/**
 * What a Dockerfile takes from outside with the given values of build arguments: only the stages count that its last
 * one needs. A path that only build arguments decide is kept as it is written.
 */
export function readDockerfile(text: string, values: Readonly<Record<string, string>> = {}): DockerfileFacts {
	const instructions = DockerfileParser.parse(text).getInstructions() as JSONInstruction[];
	const declared = instructions
		.filter((instruction) => instruction.getKeyword() === "ARG")
		.flatMap((instruction) => instruction.getArguments().map((argument) => argument.getValue().split("=")));
	const defaults = Object.fromEntries(
		declared.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
	);
	const stages = stagesOf(instructions, { ...defaults, ...values });
	return {
		paths: unique(needed(stages).flatMap(({ paths }) => paths.map(normal))),
		args: unique(declared.map(([name]) => name!)),
	};
}

function stagesOf(instructions: readonly JSONInstruction[], values: Readonly<Record<string, string>>): Stage[] {
	const stages: Stage[] = [];
	for (const instruction of instructions) {
		const keyword = instruction.getKeyword();
		const stage = stages.at(-1);
		if (keyword === "FROM") {
			const from = instruction as unknown as From;
			const names = [String(stages.length), from.getBuildStage() ?? ""];
			stages.push({ names, from: [expand(from.getImage() ?? "", values)], paths: [] });
		} else if (keyword === "COPY" || keyword === "ADD") {
			stage?.paths.push(...copied(instruction as Copy));
			stage?.from.push(...flagsOf(instruction).flatMap(({ name, value }) => (name === "from" ? [value] : [])));
		} else if (keyword === "RUN") {
			const mounts = mountsOf(instruction);
			stage?.paths.push(...mounted(mounts));
			stage?.from.push(...mounts.flatMap((mount) => mount.get("from") ?? []));
		}
	}
	return stages;
}

/** The last stage and those that it needs. */
function needed(stages: readonly Stage[]): Stage[] {
	const found = new Set(stages.slice(-1));
	for (const { from } of found)
		for (const name of from) {
			const stage = stages.findLast(({ names }) => names.includes(name));
			if (stage) found.add(stage);
		}
	return [...found];
}

const expand = (text: string, values: Readonly<Record<string, string>>): string =>
	text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => values[braced ?? bare!] ?? all);

function copied(instruction: JSONInstruction): string[] {
	if (flagsOf(instruction).some(({ name }) => name === "from")) return [];
	const json = instruction.getJSONStrings().map((argument) => argument.getJSONValue());
	const all = json.length > 0 ? json : instruction.getArguments().map((argument) => argument.getValue());
	return all.slice(0, -1).filter((path) => !/^\w+:\/\//.test(path));
}

const mountsOf = (instruction: JSONInstruction): ReadonlyMap<string, string>[] =>
	flagsOf(instruction)
		.filter(({ name }) => name === "mount")
		.map(({ value }) => new Map(value.split(",").map((pair) => pair.split("=") as [string, string])));

const mounted = (mounts: readonly ReadonlyMap<string, string>[]): string[] =>
	mounts
		.filter((mount) => (mount.get("type") ?? "bind") === "bind" && !mount.has("from"))
		.map((mount) => mount.get("source") ?? mount.get("src") ?? ".");

const flagsOf = (instruction: JSONInstruction) =>
	instruction.getFlags().map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? "" }));

const normal = (path: string): string => path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "") || ".";
const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();
