import { posix } from "node:path";
import { pathIn } from "../tree/path-in.ts";
import type { FilePlace } from "../triage-check.ts";
import { dockerCall, split, type DockerCall } from "./docker.ts";
import type { Job, Step } from "./model.ts";
import { scriptOf, type StepScript } from "./script.ts";

/** A text with its line. */
export interface Told {
	text: string;
	place: FilePlace;
}

/** One build of an image in a step: by docker/build-push-action, or `docker build`. */
export interface Build {
	step: Step;
	place: FilePlace;
	/** Expressions and variables as they are written. */
	tags: readonly Told[];
	push: Told | undefined;
	load: Told | undefined;
	outputs: Told | undefined;
	platforms: Told | undefined;
	cacheTo: Told | undefined;
	/** `NAME=value` */
	buildArgs: readonly Told[];
	target: string | undefined;
	/** From the root of the tree; undefined where it is computed, or fetched by the builder. */
	context: string | undefined;
	/** The Dockerfile from the root of the tree. */
	file: string | undefined;
	/** Folder that the paths start from, context and Dockerfile as they are written; undefined where a `cd` comes before. */
	written: { folder: string; context: string; file: string | undefined } | undefined;
	/** `docker build`, which fills the image store of the daemon. */
	plain: boolean;
}

/** A path that a command of a step writes. */
function pathFrom(step: Step, path: string): string | undefined {
	const folder = pathIn("", folderOf(step));
	return folder === undefined ? undefined : pathIn(folder, path);
}

/** The folder that the commands of a step run in. */
export const folderOf = ({ part, job }: Step): string =>
	(
		part.get("working-directory") ??
		job.part.get("defaults", "run", "working-directory") ??
		job.workflow.root.get("defaults", "run", "working-directory")
	)?.text ?? "";

/** The images that a job builds, by the action or by docker. */
export const buildsOf = (job: Job): Build[] =>
	job.steps.flatMap((step) => {
		const action = step.uses?.text?.split("@")[0];
		return action === "docker/build-push-action" ? [byAction(step)] : byCommand(step);
	});

const YES = /^(?:true|yes|\$\{\{)/i;

function inputOf(step: Step, key: string): Told | undefined {
	const part = step.with.get(key);
	return part?.text === undefined || part.text === "" ? undefined : { text: part.text, place: part.place };
}

/** The lines of an input, or what stands between its commas, each with its own line of the file. */
function linesOf(step: Step, key: string, separator: RegExp): Told[] {
	const part = step.with.get(key);
	let at = 0;
	return (part?.text ?? "").split(separator).flatMap((piece): Told[] => {
		const offset = at + (piece.length - piece.trimStart().length);
		at += piece.length;
		const text = piece.trim();
		return text === "" || text === "," ? [] : [{ text, place: part!.placeIn(offset) }];
	});
}

function byAction(step: Step): Build {
	const yes = (key: string) => (YES.test(inputOf(step, key)?.text ?? "") ? inputOf(step, key) : undefined);
	const written = { folder: "", context: inputOf(step, "context")?.text ?? ".", file: inputOf(step, "file")?.text };
	const [context, file] = [pathIn("", written.context), written.file];
	const own = context === undefined ? undefined : posix.join(context, "Dockerfile");
	return {
		...{ step, context, written, plain: false, push: yes("push"), load: yes("load") },
		place: step.uses!.place,
		tags: linesOf(step, "tags", /([\n,])/),
		outputs: inputOf(step, "outputs"),
		platforms: inputOf(step, "platforms"),
		cacheTo: inputOf(step, "cache-to"),
		buildArgs: linesOf(step, "build-args", /(\n)/),
		target: inputOf(step, "target")?.text,
		file: file === undefined ? own : pathIn("", file),
	};
}

function byCommand(step: Step): Build[] {
	const script = scriptOf(step);
	if (script === undefined || !/\bbuild\b/.test(script.text)) return [];
	return script.commands.flatMap((command): Build[] => {
		const call = dockerCall(command);
		return call?.verb === "build" ? [typedBuild(script, call)] : [];
	});
}

function typedBuild(script: StepScript, { command, rest }: DockerCall): Build {
	const { options, args } = split(rest, true);
	const all = (...names: string[]): Told[] =>
		options
			.filter(({ name }) => names.includes(name))
			.map(({ word, value }) => ({
				text: value === undefined ? "" : valueOf(script.raw(value)),
				place: script.place(word.start),
			}));
	const start = command.words[0]!.start;
	const { step, text } = script;
	const moved = /(?:^|[\n;&]\s*)(?:cd|pushd)\s/.test(text.slice(0, start));
	const context = moved || args[0] === undefined ? undefined : pathFrom(step, valueOf(script.raw(args[0])));
	const [file] = all("-f", "--file");
	const own = context === undefined ? undefined : posix.join(context, "Dockerfile");
	const typed = args[0] === undefined ? undefined : valueOf(script.raw(args[0]));
	const written =
		moved || typed === undefined ? undefined : { folder: folderOf(step), context: typed, file: file?.text };
	return {
		...{ step, context, written, plain: !/\bbuildx\s+build\b/.test(text.slice(start, start + 40)) },
		...{ tags: all("-t", "--tag"), push: all("--push")[0], load: all("--load")[0] },
		place: script.place(start),
		outputs: all("-o", "--output")[0],
		platforms: all("--platform")[0],
		cacheTo: all("--cache-to")[0],
		buildArgs: all("--build-arg"),
		target: all("--target")[0]?.text,
		file: file === undefined ? own : moved ? undefined : pathFrom(step, file.text),
	};
}

const valueOf = (raw: string): string => raw.replace(/^--[\w-]+=/, "").replaceAll(/^["']|["']$/g, "");

/** The driver of the builder that a step's builds run with. */
export function driverOf(
	job: Job,
	before: number,
): { name: "docker" | "docker-container" | "other"; place: FilePlace | undefined } {
	const steps = job.steps.slice(0, before + 1);
	const set = steps.findLast(({ uses }) => uses?.text?.startsWith("docker/setup-buildx-action") ?? false);
	const made = steps.some((step) =>
		/buildx\s+(?:create|use)|setup-docker-action|depot\/|blacksmith|namespacelabs/.test(
			`${step.run?.text ?? ""} ${step.uses?.text ?? ""}`,
		),
	);
	const hosted = /^(?:ubuntu|macos|windows)-/.test(job.part.get("runs-on")?.text ?? "");
	if (made || (set === undefined && !hosted)) return { name: "other", place: undefined };
	if (set === undefined) return { name: "docker", place: undefined };
	const driver = set.with.get("driver");
	if (driver?.text === undefined) return { name: "docker-container", place: set.uses!.place };
	return {
		name: driver.text === "docker" || driver.text === "docker-container" ? driver.text : "other",
		place: driver.place,
	};
}
