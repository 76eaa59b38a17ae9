import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
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
		const earlier = job.steps.slice(0, before + 1);
		const isIn = earlier.some(
			({ run, uses }) =>
				LOGIN.test(run?.text ?? "") ||
				(uses !== undefined && (LOGIN_ACTION.test(uses.text!.split("@")[0]!) || uses.text!.startsWith("./"))),
		);
		// A script of the repository may log in.
		const calls = earlier.some(({ run }) =>
			/(?:^|\s)(?:\.\/|bash |sh |make |npm |node |task |just )/m.test(run?.text ?? ""),
		);
		if (isIn || calls) return [];
		const later = job.steps
			.slice(before + 1)
			.find(({ uses }) => uses !== undefined && LOGIN_ACTION.test(uses.text!.split("@")[0]!));
		return [
			{
				message: `job \`${job.id}\` pushes to ${host} and ${later === undefined ? "does not log in" : "logs in only afterwards"}`,
				evidence: [place, ...(later === undefined ? [] : [later.part.place])],
				fix: { say: `add a step docker/login-action with registry: ${host} before the push` },
			},
		];
	});
}
