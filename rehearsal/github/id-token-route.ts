import { sign } from "node:crypto";
import { notFound } from "./api-error.ts";
import type { Route } from "./route.ts";
import type { RepositoryState, RunState, World } from "./state.ts";

/** Who makes the ID tokens of GitHub's runs. */
export const ID_TOKEN_ISSUER = "https://token.actions.githubusercontent.com";
const VALID_S = 300;

/**
 * ACTIONS_ID_TOKEN_REQUEST_URL of a run, whose token has the permission id-token=write; the query names the audience
 * (docs.github.com/actions/reference/security/oidc).
 */
export const idTokenRoute: Route = {
	route: "GET /idtoken/{run_id}",
	needs: "id-token=write",
	answer({ world, path, query }) {
		for (const repository of world.repositories) {
			const run = repository.runs.find(({ id }) => String(id) === path["run_id"]);
			const audience = query.get("audience") ?? `https://github.com/${repository.name.split("/")[0]}`;
			if (run) return { status: 200, body: { value: signed(world, claimsOf(repository, run, audience)) } };
		}
		throw notFound();
	},
};

function claimsOf({ id, name }: RepositoryState, run: RunState, audience: string) {
	const ref = `refs/heads/${run.branch}`;
	const workflow = `${name}/.github/workflows/${run.workflow}@${ref}`;
	const now = Math.floor(Date.now() / 1_000);
	return {
		...{ iss: ID_TOKEN_ISSUER, aud: audience, sub: `repo:${name}:ref:${ref}`, iat: now, nbf: now, exp: now + VALID_S },
		...{ repository: name, repository_id: String(id), repository_owner: name.split("/")[0], ref, sha: run.sha },
		...{ workflow: "images", workflow_ref: workflow, job_workflow_ref: workflow, job_workflow_sha: run.sha },
		...{
			event_name: run.event,
			run_id: String(run.id),
			run_number: String(run.number),
			runner_environment: "github-hosted",
		},
		run_attempt: String(run.attempt),
	};
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JSON web token (RFC 7519) with ES256. */
function signed({ idTokenKey }: World, claims: object): string {
	const text = `${part({ alg: "ES256", typ: "JWT" })}.${part(claims)}`;
	const signature = sign("sha256", Buffer.from(text), { key: idTokenKey.privateKey, dsaEncoding: "ieee-p1363" });
	return `${text}.${signature.toString("base64url")}`;
}
