import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { counted, workflowsOf, type Job, type Step } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import { pushedBy } from "../workflows/tags.ts";

/** Registries that take no push from a stranger. */
const HOSTED =
	/^(ghcr\.io|docker\.io|quay\.io|registry\.gitlab\.com|[\w.-]+\.azurecr\.io|[\w.-]+\.dkr\.ecr\.[\w-]+\.amazonaws\.com|[\w.-]*(?:gcr\.io|pkg\.dev))\//;
const LOGIN =
	/(?:docker|podman|buildah|skopeo|crane|oras|helm registry|regctl registry) (?:\w+ )?login\b|ecr get-login|configure-docker|az acr login|docker-credential|DOCKER_CONFIG|\.docker\/config\.json|ko login/;
const LOGIN_ACTION = /login|configure-docker|ecr|acr|auth/i;

export default {
	code: "TS228",
	scope: "static",
	severity: "error",
	question: "Does every job that pushes to a registry log in to it before?",
	why: "Each job runs on a fresh machine: a login of another job is not there, and the push is denied after the whole build.",
	example: "`docker push ghcr.io/acme/app:1` without docker/login-action or `docker login ghcr.io` in the same job.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		return { looked: counted(tree), findings: jobs.flatMap(denied) };
	},
} satisfies StaticCheck;

function denied(job: Job): Found[] {
	const runner = job.part.get("runs-on")?.text ?? "";
	if (!/^(?:ubuntu|macos|windows)-|matrix\./.test(runner)) return [];
	const found = new Map<string, { place: FilePlace; before: number }>();
	for (const { text, place, step } of pushedBy(job)) {
		const host = HOSTED.exec(text)?.[1];
		if (host !== undefined && !found.has(host)) found.set(host, { place, before: step.index });
	}
	return [...found].flatMap(([host, { place, before }]) => {
		if (job.steps.slice(0, before + 1).some(mayLogIn)) return [];
		const later = job.steps.slice(before + 1).find(({ uses }) => uses !== undefined && isLogin(uses));
		return [
			{
				message: `job \`${job.id}\` pushes to ${host} and ${later === undefined ? "does not log in" : "logs in only afterwards"}`,
				evidence: [place, ...(later === undefined ? [] : [later.part.place])],
				fix: { say: `add a step docker/login-action with registry: ${host} before the push` },
			},
		];
	});
}

const isLogin = ({ text }: Part): boolean => LOGIN_ACTION.test(text!.split("@")[0]!);

/** A login, or a script or an action of the repository, which may log in. */
const mayLogIn = ({ run, uses }: Step): boolean =>
	LOGIN.test(run?.text ?? "") ||
	/(?:^|\s)(?:\.\/|bash |sh |make |npm |node |task |just )/m.test(run?.text ?? "") ||
	(uses !== undefined && (isLogin(uses) || uses.text!.startsWith("./")));
