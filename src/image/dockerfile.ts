import { DockerfileParser, type Copy, type JSONInstruction } from "dockerfile-ast";

export interface DockerfileFacts {
	/** Context paths and patterns that COPY, ADD and bind mounts take, sorted, each once, without leading `./` or `/`. */
	paths: string[];
	/** Names of the build arguments it declares, sorted. */
	args: string[];
}

/** What a Dockerfile takes from outside. A path that only build arguments decide is kept as it is written. */
export function readDockerfile(text: string): DockerfileFacts {
	const dockerfile = DockerfileParser.parse(text);
	const instructions = dockerfile.getInstructions() as JSONInstruction[];
	const paths = instructions.flatMap((instruction) => {
		const keyword = instruction.getKeyword();
		if (keyword === "COPY" || keyword === "ADD") return copied(instruction as Copy);
		return keyword === "RUN" ? mounted(instruction) : [];
	});
	const declared = instructions
		.filter((instruction) => instruction.getKeyword() === "ARG")
		.flatMap((instruction) => instruction.getArguments().map((argument) => argument.getValue().split("=")[0]!));
	return { paths: unique(paths.map(normal)), args: unique(declared) };
}

function copied(instruction: JSONInstruction): string[] {
	if (flagsOf(instruction).some(({ name }) => name === "from")) return [];
	const json = instruction.getJSONStrings().map((argument) => argument.getJSONValue());
	const all = json.length > 0 ? json : instruction.getArguments().map((argument) => argument.getValue());
	return all.slice(0, -1).filter((path) => !/^\w+:\/\//.test(path));
}

function mounted(instruction: JSONInstruction): string[] {
	return flagsOf(instruction)
		.filter(({ name }) => name === "mount")
		.map(({ value }) => new Map(value.split(",").map((pair) => pair.split("=") as [string, string])))
		.filter((mount) => (mount.get("type") ?? "bind") === "bind" && !mount.has("from"))
		.map((mount) => mount.get("source") ?? mount.get("src") ?? ".");
}

const flagsOf = (instruction: JSONInstruction) =>
	instruction.getFlags().map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? "" }));

const normal = (path: string): string => path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "") || ".";
const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();
