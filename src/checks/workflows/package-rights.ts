import type { Job, Step } from "./model.ts";
import { argumentsOf, scriptOf } from "./script.ts";
import { filled } from "./tags.ts";

/** A right of GITHUB_TOKEN that a step cannot do without. */
export interface Need {
	scope: string;
	/** What needs it. */
	what: string;
	step: Step;
}

const TOKEN = /github\.token|secrets\.GITHUB_TOKEN/i;

/** A push to ghcr.io with the token of the run: by an action, by docker, or by another tool for registries. */
export function packageNeeds(job: Job): Need[] {
	const logins = job.steps.filter(isLogin);
	if (!logins.some((step) => registriesOf(step).some(isGithubs) && hasToken(step))) return [];
	// With two registries a push must name the one that it is for.
	const only = logins.every((step) => registriesOf(step).every(isGithubs));
	const push = job.steps.find((step) => pushesBy(step, only));
	return push === undefined ? [] : [{ scope: "packages", what: "a push to ghcr.io", step: push }];
}

const LOGIN = /^(?:docker\/login-action|redhat-actions\/podman-login)@/;
const TYPED_LOGIN =
	/\b(?:docker|podman|buildah|skopeo|oras|cosign|crane[ \t]+auth|helm[ \t]+registry|regctl[ \t]+registry)[ \t]+login\b[^\n]*/;

const isLogin = (step: Step): boolean => LOGIN.test(step.uses?.text ?? "") || TYPED_LOGIN.test(step.run?.text ?? "");

const registriesOf = (step: Step): string[] =>
	step.uses === undefined
		? [...(step.run?.text ?? "").matchAll(new RegExp(TYPED_LOGIN, "g"))].map(([line]) => filled(line, step))
		: [filled(step.with.get("registry")?.text ?? "docker.io", step)];

const isGithubs = (registry: string): boolean => /ghcr\.io/.test(registry);

function hasToken(step: Step): boolean {
	if (step.uses !== undefined) return TOKEN.test(step.with.get("password")?.text ?? "");
	const env = [step.part, step.job.part].flatMap((part) => [...(part.get("env")?.map.values() ?? [])]);
	return TOKEN.test(step.run!.text!) || env.some(({ text }) => TOKEN.test(text ?? ""));
}

function pushesBy(step: Step, only: boolean): boolean {
	const texts = [...step.with.values()].map(({ text }) => filled(text ?? "", step)).join("\n");
	const input = step.with.get("push")?.text?.trim() ?? "";
	const sometimes = /^\$\{\{[^]*(?:!=|==)\s*'/.test(input) && !isOnlyAsked(step);
	if (/^true$/.test(input) || sometimes || /type=registry|push=true/.test(step.with.get("outputs")?.text ?? ""))
		return only || /ghcr\.io/.test(texts) || texts.includes("steps.");
	const script = scriptOf(step);
	return (
		script?.commands.some((command) => {
			const words = argumentsOf(command).map(({ text }) => text);
			return pushes(words) && (only || isGithubs(filled(words.join(" "), step)));
		}) ?? false
	);
}

/** Whether pull requests alone start the workflow: then a push that leaves them out never comes. */
const isOnlyAsked = ({ job }: Step): boolean =>
	[...job.workflow.on.keys()].every((event) => event.startsWith("pull_request"));

/** Whether a command writes to a registry. */
function pushes(words: readonly string[]): boolean {
	const text = words.join(" ");
	if (/\s--dry-run\b|\s--push=false\b/.test(text)) return false;
	return (
		/^(?:docker|podman|buildah|nerdctl)(?: (?:image|manifest|compose(?: -\S+ \S+)*))? push\b/.test(text) ||
		/^docker(?: buildx)? (?:build|bake)\b.*\s--push\b/.test(text) ||
		/^docker buildx imagetools create\b/.test(text) ||
		/^crane (?:push|copy|cp|tag|append|mutate|rebase|delete)\b/.test(text) ||
		/^skopeo (?:copy|sync)\b.*docker:\/\/[^ ]+$/.test(text) ||
		/^oras (?:push|copy|cp|tag|attach)\b/.test(text) ||
		/^cosign (?:sign|attest|copy|attach)\b(?!.*--upload=false)/.test(text) ||
		/^helm push\b/.test(text) ||
		/^regctl (?:image copy|image mod|tag)\b/.test(text)
	);
}
