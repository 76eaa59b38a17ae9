import { buildsOf, type Told } from "./builds.ts";
import type { Word } from "../shell/lexer.ts";
import { dockerCall, type DockerCall } from "./docker.ts";
import type { Job, Step } from "./model.ts";
import { scriptOf } from "./script.ts";

/** A tag that a job pushes, as far as the workflow says it: `env` filled in, other expressions as they are written. */
export interface Pushed extends Told {
	job: Job;
	step: Step;
}

/** Fills in `env` and shell variables of the workflow, the job and the step. */
export function filled(text: string, step: Step): string {
	const env = [step.part, step.job.part, step.job.workflow.root].map((part) => part.get("env"));
	const look = (name: string) => env.map((part) => part?.get(name)?.text).find((value) => value !== undefined);
	const once = text
		.replaceAll(/\$\{\{\s*env\.(\w+)\s*\}\}/g, (whole, name: string) => look(name) ?? whole)
		.replaceAll(
			/\$\{(\w+)\}|\$(\w+)/g,
			(whole, a: string | undefined, b: string | undefined) => look((a ?? b)!) ?? whole,
		);
	return once.replaceAll(/\$\{\{\s*([^}]*?)\s*\}\}/g, "${{ $1 }}");
}

/** What a shell knows of GitHub's contexts and what is the same in every workflow of a commit. */
const CONTEXTS: Readonly<Record<string, string>> = {
	GITHUB_SHA: "github.sha",
	GITHUB_REF_NAME: "github.ref_name",
	GITHUB_REPOSITORY: "github.repository",
	GITHUB_REPOSITORY_OWNER: "github.repository_owner",
};

/** With the variables of GitHub's shell as expressions: `${GITHUB_SHA::7}` is `${{ github.sha }}::7`. */
export const asExpressions = (text: string): string =>
	text.replaceAll(
		/\$\{(GITHUB_\w+)(?::0?(:\d+))?\}|\$(GITHUB_\w+)/g,
		(whole, braced: string | undefined, cut: string | undefined, bare: string | undefined) => {
			const context = CONTEXTS[(braced ?? bare)!];
			return context === undefined ? whole : `\${{ ${context} }}${cut === undefined ? "" : `:${cut}`}`;
		},
	);

/** The tags of docker/metadata-action: image and rule, as `image:rule`. */
function ruled(step: Step): string[] {
	const lines = (key: string) =>
		(step.with.get(key)?.text ?? "")
			.split("\n")
			.map((line) => line.trim())
			.filter((line) => line !== "" && !line.startsWith("#"));
	const rules = lines("tags");
	return lines("images").flatMap((image) =>
		(rules.length === 0 ? ["(default)"] : rules).map((rule) => `${filled(image, step)}:${rule}`),
	);
}

/** The tags that `docker buildx imagetools create` moves. */
const indexed = (call: DockerCall | undefined): Word[] =>
	call?.verb === "imagetools" && call.rest[0]?.text === "create" && !call.rest.some(({ text }) => text === "--dry-run")
		? call.rest.filter(
				({ text }, at) => /^(?:-t|--tag)$/.test(call.rest[at - 1]?.text ?? "") || text.startsWith("--tag="),
			)
		: [];

/** The references under which a job pushes images. */
export function pushedBy(job: Job): Pushed[] {
	const built = buildsOf(job)
		.filter(({ push }) => push !== undefined && !/false/.test(push.text))
		.flatMap(({ step, tags }) =>
			tags.flatMap(({ text, place }): Pushed[] => {
				const id = /steps\.([\w-]+)\.outputs\.tags/.exec(text)?.[1];
				const meta = job.steps.find(
					(one) => id !== undefined && one.id === id && (one.uses?.text?.startsWith("docker/metadata-action") ?? false),
				);
				const texts = meta === undefined ? [filled(text, step)] : ruled(meta);
				return texts.map((one) => ({ text: one, place, job, step }));
			}),
		);
	const typed = job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command): Pushed[] => {
			const call = dockerCall(command);
			const images =
				call?.verb === "push" ? call.rest.filter(({ text }) => !text.startsWith("-")).slice(0, 1) : indexed(call);
			return images.map((image) => ({
				text: asExpressions(filled(script!.raw(image).replaceAll(/["']|^--tag=/g, ""), step)),
				place: script!.place(image.start),
				job,
				step,
			}));
		});
	});
	return [...built, ...typed];
}
