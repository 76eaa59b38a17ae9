import { ApiError, notFound } from "./api-error.ts";
import { pageOf, type Call, type Reply, type Route } from "./route.ts";
import type { VersionState } from "./state.ts";
import { wireAccount } from "./wire-account.ts";
import { wireVersion } from "./wire.ts";

const OWNERS = [
	["orgs", "org"],
	["users", "username"],
] as const;

/** Packages of organizations and of users, which stand below different paths, and who is which. */
export const PACKAGE_ROUTES: readonly Route[] = [
	{
		route: "GET /users/{username}",
		needs: "",
		answer({ world, origins, path }) {
			const login = path["username"]!;
			const type = world.organizations.has(login) ? "Organization" : "User";
			return { status: 200, body: wireAccount(origins, login, type, world.now()) };
		},
	},
	...OWNERS.flatMap(([folder, owner]): Route[] => [
		{
			route: `GET /${folder}/{${owner}}/packages/{package_type}/{package_name}/versions`,
			needs: "packages=read",
			answer: (call) => versionPage(call, folder, owner),
		},
		{
			route: `DELETE /${folder}/{${owner}}/packages/{package_type}/{package_name}/versions/{package_version_id}`,
			needs: "packages=write",
			answer: (call) => deleteVersion(call, folder, owner),
		},
	]),
];

function versionPage(call: Call, folder: string, owner: string): Reply {
	const { items, more } = pageOf(versionsOf(call, folder, owner), call.query);
	const { org, username, package_name: name } = call.path;
	const base = `${call.origins.api}/${folder}/${org ?? username}/packages/container/${encodeURIComponent(name!)}`;
	return { status: 200, body: items.map((version) => wireVersion(call.origins, base, version)), more };
}

function deleteVersion(call: Call, folder: string, owner: string): Reply {
	const versions = versionsOf(call, folder, owner);
	const at = versions.findIndex(({ id }) => String(id) === call.path["package_version_id"]);
	if (at < 0) throw notFound();
	const isLastTagged = versions[at]!.tags.length > 0 && versions.filter(({ tags }) => tags.length > 0).length === 1;
	if (isLastTagged)
		throw new ApiError(
			400,
			"You cannot delete the last tagged version of a package. You must delete the package instead.",
		);
	versions.splice(at, 1);
	return { status: 204 };
}

function versionsOf({ world, path }: Call, folder: string, owner: string): VersionState[] {
	const account = path[owner]!;
	const isOrganization = world.organizations.has(account);
	const versions = world.packages.get(`${account}/${path["package_name"]}`);
	if (!versions || path["package_type"] !== "container" || isOrganization !== (folder === "orgs")) throw notFound();
	return versions;
}
