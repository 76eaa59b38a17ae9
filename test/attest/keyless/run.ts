import { onTestFinished } from "vitest";
import { addCommit, addRun, repositoryNamed } from "../../../rehearsal/github/seed.ts";
import { ID_TOKEN_ISSUER } from "../../../rehearsal/github/id-token-route.ts";
import { startGitHub, type GitHubDouble } from "../../../rehearsal/github/start.ts";
import { loopbackRegistry } from "../../registry/loopback-registry.ts";
import { serveSigstore } from "../../support/sigstore/services.ts";
import { portsOf, pushImage, type Signer } from "../world.ts";
import { keylessPlace } from "./world.ts";

export const REQUEST_TOKEN = "request-token-of-the-job";

/** GitHub with a run of images.yml on a branch of owner/app, Fulcio and Rekor, and a registry with an image. */
export async function runOfActions({ branch = "main", settings = {} }: { branch?: string; settings?: object } = {}) {
	const github = await startGitHub({ tokens: { [REQUEST_TOKEN]: { permissions: ["id-token=write"], scopes: null } } });
	onTestFinished(() => github.close());
	const repository = repositoryNamed(github.world, "owner/app");
	const run = addRun(github.world, repository, { sha: addCommit(github.world, repository, { branch }), branch });
	const services = await serveSigstore({ [ID_TOKEN_ISSUER]: github.world.idTokenKey.publicKey });
	const { client, asked } = await loopbackRegistry({});
	const registry = client();
	const digest = await pushImage(registry);
	const urls = { fulcio: services.fulcio.origin, rekor: services.rekor.origin };
	const place = await keylessPlace(services.trustedRoot, { ...urls, ...settings });
	const environment = {
		GITHUB_RUN_ID: String(run.id),
		ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/idtoken/${run.id}?api-version=2.0`,
		ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
	};
	const signer = (over: Partial<Signer> = {}) => portsOf(registry, { ...place, environment, ...over });
	return { github, services, registry, stored: asked, digest, place, environment, signer };
}

/** What was asked of GitHub's service of ID tokens. */
export const tokenRequests = ({ requests }: GitHubDouble) =>
	requests.filter(({ path }) => path.startsWith("/idtoken/"));
