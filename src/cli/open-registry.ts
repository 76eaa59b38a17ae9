import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import type { RemoveImage } from "../prune/ports.ts";
import type { Registry, RegistryOptions } from "../registry/registry.ts";
import type { Secret } from "../secrets/secret.ts";

interface Credential {
	username: string;
	password: Secret;
}

/** The registry as the operator (`push`) or an instance (`pull`) addresses it. */
export async function openRegistry(
	config: Config,
	side: "push" | "pull",
	options?: RegistryOptions,
	credential: Credential | undefined = registryCredential(config),
): Promise<Registry> {
	const { createRegistry } = await import("../registry/registry.ts");
	const { push, pull = push } = config.registry;
	const { ca, ...address } = side === "pull" ? pull : push;
	const trusted = ca === undefined ? {} : { ca: resolve(config.root, ca) };
	return createRegistry({ ...address, ...trusted }, credential, options);
}

/** Username and password of the registry, when both are set. */
export const registryCredential = (config: Config): Credential | undefined =>
	credentialOf(config, "REGISTRY_USERNAME", "REGISTRY_PASSWORD");

/** What Vast's hosts pull with, which Vast stores with the contract: the operator's own where no other is set. */
export const vastCredential = (config: Config): Credential | undefined =>
	credentialOf(config, "VAST_REGISTRY_USERNAME", "VAST_REGISTRY_PASSWORD") ?? registryCredential(config);

function credentialOf(config: Config, user: string, secret: string): Credential | undefined {
	const username = config.value(user);
	const password = config.secret(secret);
	return username && password ? { username, password } : undefined;
}

/** GitHub's API for packages of ghcr.io, whatever API github.api names: that one may be of another host. */
const GHCR_API = "https://api.github.com";

/**
 * What removes images from the registry: on ghcr.io GitHub's API, elsewhere the registry itself.
 * @param ghcrApi gets the password of ghcr.io, and nobody else does
 */
export function openRemoval(
	config: Config,
	{ signal, registry }: { signal: AbortSignal; registry: () => Promise<Registry> },
	ghcrApi = GHCR_API,
): RemoveImage {
	const { repository } = config.image;
	if (config.registry.push.address !== "ghcr.io")
		return async (digest) => (await registry()).deleteManifest(repository, digest);
	let opened: Promise<RemoveImage> | undefined;
	return async (digest) => (await (opened ??= openPackage(config, signal, ghcrApi)))(digest);
}

async function openPackage(config: Config, signal: AbortSignal, url: string): Promise<RemoveImage> {
	const [{ createGitHub }, { containerPackage, packageRemover }] = await Promise.all([
		import("../github/client.ts"),
		import("../github/packages.ts"),
	]);
	const { image, registry } = config;
	const { repository } = image;
	const token = config.secret("REGISTRY_PASSWORD");
	const client = createGitHub({ url, repository, token, signal });
	return packageRemover(containerPackage(client, { registry: registry.push.address, repository }));
}
