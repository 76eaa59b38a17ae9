import { posix } from "node:path";
import { dockerCall, split } from "../workflows/docker.ts";
import { filledBy } from "../workflows/matrix.ts";
import { workflowsOf, type Job, type Step } from "../workflows/model.ts";
import { filled } from "../workflows/tags.ts";
import { plainCommands, shellTexts } from "../shell/everywhere.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";

/** An image that the tree builds: registry and path in lower case, `*` for a part that nobody knows, and its Dockerfile. */
interface Built {
	repository: string;
	dockerfile: string;
}

/** Without tag and digest; expressions become `*`. */
const repositoryOf = (text: string): string =>
	text
		.trim()
		.replaceAll(/\$\{\{[^{}]*\}\}|\$\{?\w+\}?|\$\(\w+\)/g, "*")
		.replace(/@.*$/, "")
		.replace(/:[^/]*$/, "")
		.toLowerCase();

const buildsIn = once((tree: Tree): readonly Built[] => {
	const inWorkflows = workflowsOf(tree).flatMap(({ jobs }) =>
		jobs.flatMap((job) => job.steps.flatMap((step) => byAction(job, step))),
	);
	const typed = shellTexts(tree).flatMap((script) =>
		!/\b(?:docker|podman|nerdctl)\b/.test(script.text) || !/\bbuild\b/.test(script.text)
			? []
			: plainCommands(script).flatMap((command): Built[] => {
					const call = dockerCall(command);
					if (call?.verb !== "build") return [];
					const { options, args } = split(call.rest, true);
					const file = options.find(({ name }) => name === "-f" || name === "--file")?.text;
					const context = args[0]?.text ?? ".";
					const paths = [file ?? posix.join(context, "Dockerfile")].map((path) => posix.normalize(path));
					return options
						.filter(({ name }) => name === "-t" || name === "--tag")
						.flatMap(({ text }) => paths.map((dockerfile) => ({ repository: repositoryOf(text), dockerfile })));
				}),
	);
	return [...inWorkflows, ...typed].filter(
		({ repository, dockerfile }) => /[a-z]/.test(repository.split("/").at(-1)!) && tree.file(dockerfile) !== undefined,
	);
});

/** docker/build-push-action, for each value of a matrix. */
function byAction(job: Job, step: Step): Built[] {
	if (step.uses?.text?.startsWith("docker/build-push-action@") !== true) return [];
	const context = step.with.get("context")?.text ?? ".";
	const file = step.with.get("file")?.text ?? posix.join(context, "Dockerfile");
	const tags = (step.with.get("tags")?.text ?? "").split(/[\n,]/).filter((tag) => tag.trim() !== "");
	return tags.flatMap((tag) => {
		const whole = `${file}\n${filled(tag, step)
			.trim()
			.replace(/@.*$/, "")
			.replace(/:[^/]*$/, "")}`;
		const texts = /\$\{\{\s*matrix\./.test(whole) ? filledBy(job, whole).map(({ text }) => text) : [whole];
		return texts.map((text): Built => {
			const [path, name] = text.split("\n") as [string, string];
			return { repository: repositoryOf(name), dockerfile: posix.normalize(path.trim()) };
		});
	});
}

/**
 * The Dockerfile that an image of a compose file is built with, from the root: `ghcr.io/o/api:1`, or `${API_IMAGE}` with one
 * value in the tree. Undefined where the tree does not build it, or by two files.
 */
export function dockerfileOf(tree: Tree, image: string): string | undefined {
	const all = buildsIn(tree);
	if (all.length === 0) return undefined;
	const names = namesOf(tree, image);
	const found = new Set(
		all.filter(({ repository }) => names.some((name) => isSame(repository, name))).map(({ dockerfile }) => dockerfile),
	);
	return names.length === 1 && found.size === 1 ? [...found][0] : undefined;
}

/** With the values that files of the environment give a variable. */
function namesOf(tree: Tree, image: string): string[] {
	const [, name, fallback] = /^["']?\$\{?(\w+)(?::?[-?]([^}]*))?\}?["']?$/.exec(image.trim()) ?? [];
	if (name === undefined) return [repositoryOf(image)];
	const values = envOf(tree).flatMap((one) =>
		one.name === name && one.file.language === "env" && one.value !== undefined ? [one.value] : [],
	);
	const all = [...values, ...(fallback !== undefined && fallback.includes("/") ? [fallback] : [])];
	return [...new Set(all.filter((value) => value !== "").map(repositoryOf))];
}

function isSame(pattern: string, name: string): boolean {
	if (!name.includes("/") && !/[a-z]/.test(name)) return false;
	if (!pattern.includes("*")) return pattern === name;
	return new RegExp(
		`^${pattern
			.split("*")
			.map((part) => RegExp.escape(part))
			.join("[^:@]+")}$`,
	).test(name);
}
