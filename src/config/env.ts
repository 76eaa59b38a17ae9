import { RUNTIME_ENV } from "../contracts/runtime-env.ts";
import { ownOf } from "../system/own-of.ts";

/** One environment variable that the toolkit reads, from the process environment or from .env beside cres.yaml. */
export interface EnvVariable {
	meaning: string;
	default?: string;
	/** Travels as Secret. There is no default for any of these. */
	secret?: true;
	/** Read instead when the name itself is not set. */
	alias?: string;
}

/** Every name the toolkit reads. The only place that lists them; `.env.example` is checked against it. */
export const ENV: Readonly<Record<string, EnvVariable>> = {
	REGISTRY_USERNAME: { meaning: "user of the registry; on GHCR your account name" },
	REGISTRY_PASSWORD: { meaning: "password or token of the registry; on GHCR one with write:packages", secret: true },
	MINIO_ACCESS_KEY: { meaning: RUNTIME_ENV.MINIO_ACCESS_KEY.meaning, secret: true, alias: "AWS_ACCESS_KEY_ID" },
	MINIO_SECRET_KEY: { meaning: RUNTIME_ENV.MINIO_SECRET_KEY.meaning, secret: true, alias: "AWS_SECRET_ACCESS_KEY" },
	TEMPORAL_API_KEY: { meaning: "API key of Temporal, if it asks for one; turns TLS on", secret: true },
	ATTEST_KEY: {
		meaning: "private key that signs attestations: PKCS8, as PEM or its base64 in one line; cres attest keygen",
		secret: true,
	},
	TEMPORAL_CODEC_KEYS: { meaning: RUNTIME_ENV.TEMPORAL_CODEC_KEYS.meaning, secret: true },
	VAST_API_KEY: {
		meaning: "key of the Vast.ai account: scopes instance_read and instance_write, misc for --replace",
		secret: true,
	},
	VAST_URL: { meaning: "origin of Vast.ai's API", default: "https://console.vast.ai" },
	VAST_REGISTRY_USERNAME: { meaning: "user that Vast's hosts pull with, if not REGISTRY_USERNAME" },
	VAST_REGISTRY_PASSWORD: { meaning: "its token; read:packages is enough, and Vast stores it", secret: true },
	VAST_HOST: { meaning: "written by cres endpoint rotate for your own scripts; cres itself asks the API" },
	VAST_PORT: { meaning: "as VAST_HOST" },
	GITHUB_TOKEN: {
		meaning: "token of GitHub's API: actions, contents and commit statuses; in a workflow the one of Actions",
		secret: true,
	},
	GITHUB_RUN_ID: { meaning: "set by GitHub Actions: the run that cres ci record writes down" },
	ACTIONS_ID_TOKEN_REQUEST_URL: { meaning: "set by GitHub Actions with id-token: write; attest.keyless" },
	ACTIONS_ID_TOKEN_REQUEST_TOKEN: { meaning: "as ACTIONS_ID_TOKEN_REQUEST_URL", secret: true },
	CRES_VAST_TIME_FACTOR: {
		meaning: "tests only: divides every interval and time-out of the Vast driver",
		default: "1",
	},
	PIP_INDEX_URL: {
		meaning: "package index that cres tools fetch asks, as pip does; https, without a password",
		default: "https://pypi.org/simple",
	},
	BASE_IMAGE: { meaning: "OS image that the base image is built on, pinned: host/repository@sha256:…" },
	NODE_EXTRA_CA_CERTS: { meaning: "PEM bundle handed to builds as a secret when --ca-bundle is not given" },
};

/** Where the value of a name came from. */
export type EnvSource = "environment" | ".env" | "default" | "unset";

export interface EnvValue {
	value: string | undefined;
	source: EnvSource;
}

/** The process environment wins over .env, a name over its alias, anything over the default; blanks around values go. */
export function resolveEnv(
	name: string,
	process: Readonly<Record<string, string | undefined>>,
	file: Readonly<Record<string, string>>,
): EnvValue {
	const { alias, default: fallback } = ownOf(ENV, name) ?? {};
	for (const key of alias === undefined ? [name] : [name, alias]) {
		const [fromProcess, fromFile] = [process[key]?.trim(), file[key]?.trim()];
		if (fromProcess) return { value: fromProcess, source: "environment" };
		if (fromFile) return { value: fromFile, source: ".env" };
	}
	return fallback === undefined ? { value: undefined, source: "unset" } : { value: fallback, source: "default" };
}
