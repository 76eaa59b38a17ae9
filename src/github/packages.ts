import { UserError } from "../errors/errors.ts";
import type { GitHub } from "./client.ts";
import type { PackageVersion } from "./schemas.ts";

const HOST = "ghcr.io";

/** The versions of one container package on GHCR: what `cres prune registry` lists and deletes. */
export interface ContainerPackage {
	/** Newest first, as GitHub lists them; `digest` is that of the manifest, `createdAt` RFC 3339. */
	listVersions(): Promise<PackageVersion[]>;
	/** For good; one that is gone already counts as deleted. GitHub refuses the last tagged version (github_refused). */
	deleteVersion(id: number): Promise<void>;
}

/**
 * The package of an image on GHCR, of a user or an organization.
 * @see https://docs.github.com/en/rest/packages/packages
 * @param repository of the image below the registry, such as `acme/worker`
 * @throws UserError packages_elsewhere (usage)
 */
export function containerPackage(
	github: Pick<GitHub, "isOrganization" | "packageVersions" | "deletePackageVersion">,
	{ registry, repository }: { registry: string; repository: string },
): ContainerPackage {
	const [owner, ...rest] = repository.split("/");
	if (registry !== HOST || owner === undefined || rest.length === 0)
		throw new UserError("packages_elsewhere", `${registry}/${repository} is no package of ${HOST}`, {
			hint: "use the means of that registry",
		});
	const name = encodeURIComponent(rest.join("/"));
	let known: Promise<string> | undefined;
	const path = () =>
		(known ??= github
			.isOrganization(owner)
			.then((organization) => `/${organization ? "orgs" : "users"}/${owner}/packages/container/${name}`));
	return {
		listVersions: async () => github.packageVersions(await path()),
		deleteVersion: async (id) => github.deletePackageVersion(await path(), id),
	};
}

/** Removes versions of a package by their digest; false: it has no such version. Untagged versions that an index lists stay. */
export function packageRemover(one: ContainerPackage): (digest: string) => Promise<boolean> {
	let known: Promise<Map<string, number>> | undefined;
	return async (digest) => {
		known ??= one.listVersions().then((versions) => new Map(versions.map((version) => [version.digest, version.id])));
		const id = (await known).get(digest);
		if (id === undefined) return false;
		await one.deleteVersion(id);
		return true;
	};
}
