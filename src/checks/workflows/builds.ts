import { posix } from "node:path";
import type { FilePlace } from "../triage-check.ts";
import { dockerCall, split } from "./docker.ts";
import type { Job, Step } from "./model.ts";
import { scriptOf } from "./script.ts";

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
	/** `docker build`, which fills the image store of the daemon. */
	plain: boolean;
}

const COMPUTED = /[$`]|\{\{/;

/** A path from the root; undefined where it is computed or leads out. */
function pathFrom(folder: string, path: string): string | undefined {
	if (COMPUTED.test(path) || COMPUTED.test(folder) || /^[/~]|^[a-z+]+:\/\/|^git@|\.git(?:#|$)/.test(path))
		return undefined;
	const joined = posix.join(folder, path).replace(/\/$/, "");
	return joined.startsWith("..") ? undefined : joined === "." ? "" : joined;
}

/** The folder that the commands of a step run in. */
export const folderOf = ({ part, job }: Step): string =>
	(
		part.get("working-directory") ??
		job.part.get("defaults", "run", "working-directory") ??
		job.workflow.root.get("defaults", "run", "working-directory")
	)?.text ?? "";

export const buildsOf = (job: Job): Build[] =>
	job.steps.flatMap((step) => {
		const action = step.uses?.text?.split("@")[0];
		return action === "docker/build-push-action" ? [byAction(step)] : byCommand(step);
	});

const YES = /^(?:true|yes|\$\{\{)/i;

function byAction(step: Step): Build {
	const told = (key: string): Told | undefined => {
		const part = step.with.get(key);
		return part?.text === undefined || part.text === "" ? undefined : { text: part.text, place: part.place };
	};
	const lines = (key: string, comma: boolean): Told[] => {
		const part = step.with.get(key);
		if (part?.text === undefined) return [];
		let at = 0;
		return part.text.split(comma ? /([\n,])/ : /(\n)/).flatMap((piece) => {
			const offset = at + (piece.length - piece.trimStart().length);
			at += piece.length;
			const text = piece.trim();
			return text === "" || text === "," ? [] : [{ text, place: part.placeIn(offset) }];
		});
	};
	const yes = (key: string) => (YES.test(told(key)?.text ?? "") ? told(key) : undefined);
	const context = pathFrom("", told("context")?.text ?? ".");
	const file = told("file")?.text;
	return {
		...{ step, context, plain: false, push: yes("push"), load: yes("load") },
		place: step.uses!.place,
		tags: lines("tags", true),
		outputs: told("outputs"),
		platforms: told("platforms"),
		cacheTo: told("cache-to"),
		buildArgs: lines("build-args", false),
		target: told("target")?.text,
		file: file === undefined ? context && posix.join(context, "Dockerfile") : pathFrom("", file),
		...(file === undefined && context === "" && { file: "Dockerfile" }),
	};
}

function byCommand(step: Step): Build[] {
	const script = scriptOf(step);
	if (script === undefined || !/\bbuild\b/.test(script.text)) return [];
	return script.commands.flatMap((command): Build[] => {
		const call = dockerCall(command);
		if (call?.verb !== "build") return [];
		const { options, args } = split(call.rest, true);
		const all = (...names: string[]): Told[] =>
			options
				.filter(({ name }) => names.includes(name))
				.map(({ word, value }) => ({
					text:
						value === undefined
							? ""
							: script
									.raw(value)
									.replace(/^--[\w-]+=/, "")
									.replaceAll(/^["']|["']$/g, ""),
					place: script.place(word.start),
				}));
		const folder = folderOf(step);
		const moved = /(?:^|[\n;&]\s*)(?:cd|pushd)\s/.test(script.text.slice(0, command.words[0]!.start));
		const context =
			moved || args[0] === undefined ? undefined : pathFrom(folder, script.raw(args[0]).replaceAll(/["']/g, ""));
		const [file] = all("-f", "--file");
		const own = context === undefined ? undefined : posix.join(context, "Dockerfile");
		const buildx = /\bbuildx\s+build\b/.test(script.text.slice(command.words[0]!.start, command.words[0]!.start + 40));
		return [
			{
				...{ step, context, plain: !buildx, tags: all("-t", "--tag"), push: all("--push")[0], load: all("--load")[0] },
				place: script.place(command.words[0]!.start),
				outputs: all("-o", "--output")[0],
				platforms: all("--platform")[0],
				cacheTo: all("--cache-to")[0],
				buildArgs: all("--build-arg"),
				target: all("--target")[0]?.text,
				file: file === undefined ? own : moved ? undefined : pathFrom(folder, file.text),
			},
		];
	});
}

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
