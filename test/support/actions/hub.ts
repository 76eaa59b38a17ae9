import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCommit, addRun, beginRun, repositoryNamed } from "../../../rehearsal/github/seed.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../../rehearsal/github/start.ts";
import { makeRepository, pushedBy, type Repository } from "./repository.ts";
import { runWorkflow, type RunOptions, type RunReport } from "./run.ts";
import { readWorkflow } from "./workflow.ts";

/** Name of the repository. */
export const AT_GITHUB = "owner/app";

export interface HubOptions {
	/** cres.yaml but for what GitHub and the key of attestations add to it. */
	settings: object;
	/** GitHub's token of a job is the password, as it is at ghcr.io. */
	registry: { username: string; password: string };
	store: { accessKey: string; secretKey: string };
	baseImage: string;
}

/** A clone of this tree, and all that GitHub holds for its workflows: the API, secrets, variables and runs. */
export interface Hub extends AsyncDisposable {
	repository: Repository;
	github: GitHubDouble;
	/** PEM of the private key that signs attestations. */
	attestKey: string;
	/** What a run of the last commit is given. */
	supplies(name: string): Promise<Omit<RunOptions, "directory">>;
	/** Runs `.github/workflows/NAME.yml` of the last commit. */
	run(name: string, options?: Partial<RunOptions>): Promise<RunReport>;
}

/** Where a host trusts certificates of its own, what a build fetches is signed by them. */
const hostCertificates =
	process.env["NODE_EXTRA_CA_CERTS"] === undefined ? {} : { NODE_EXTRA_CA_CERTS: process.env["NODE_EXTRA_CA_CERTS"] };

/** Everything of it is removed, and the API ended, when it is disposed of. */
export async function makeHub({ settings, registry, store, baseImage }: HubOptions): Promise<Hub> {
	const github = await startGitHub({ tokens: { [registry.password]: EVERYTHING } });
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const attestKey = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
	const repository = await makeRepository({
		...settings,
		attest: { keys: { ci: publicKey.export({ type: "spki", format: "pem" }) } },
		github: { api: github.url, repository: AT_GITHUB },
	});
	const supplies: Hub["supplies"] = async (name) => {
		const run = await newRun(github, repository, `${name}.yml`);
		return {
			...(await pushedBy(repository, registry.username)),
			secrets: { GITHUB_TOKEN: registry.password, ATTEST_KEY: attestKey },
			vars: { BASE_IMAGE: baseImage },
			wantsLeg: ({ flavour }) => flavour !== "cuda", // its packages are gigabytes
			environment: {
				...{ PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
				...{ MINIO_ACCESS_KEY: store.accessKey, MINIO_SECRET_KEY: store.secretKey },
				...hostCertificates,
				NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
				GITHUB_RUN_ID: run,
			},
			idToken: { url: `${github.url}/idtoken/${run}?api-version=2.0`, token: registry.password },
		};
	};
	return {
		...{ repository, github, attestKey, supplies },
		async run(name, options = {}) {
			const file = `.github/workflows/${name}.yml`;
			const workflow = await readWorkflow(file, await readFile(join(repository.directory, file), "utf8"));
			const directory = await mkdtemp(join(tmpdir(), "cres-run-"));
			try {
				return await runWorkflow(workflow, { ...(await supplies(name)), directory, ...options });
			} finally {
				await rm(directory, { recursive: true, force: true });
			}
		},
		async [Symbol.asyncDispose]() {
			await repository[Symbol.asyncDispose]();
			await github.close();
		},
	};
}

/** The run that GitHub would have for the last commit. */
async function newRun(github: GitHubDouble, { git }: Repository, workflow: string): Promise<string> {
	const at = repositoryNamed(github.world, AT_GITHUB);
	const sha = addCommit(github.world, at, { sha: await git("rev-parse", "HEAD") });
	const begun = addRun(github.world, at, { sha, workflow });
	beginRun(github.world, begun);
	return String(begun.id);
}
