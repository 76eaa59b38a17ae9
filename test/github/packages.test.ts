import { describe, expect, it } from "vitest";
import { containerPackage, packageRemover } from "../../src/github/packages.ts";
import { githubForTest } from "../support/github.ts";

const digest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;

/** A package with that many versions, the newest first; the oldest alone has a tag. */
async function packageOf(count: number, organization: boolean) {
	const github = await githubForTest();
	const at = "2026-11-29T12:00:00Z";
	const versions = Array.from({ length: count }, (_, index) => ({
		id: count - index,
		digest: digest(count - index),
		tags: index === count - 1 ? ["stable"] : [],
		at,
	}));
	github.world.packages.set("acme/apps/worker", versions);
	if (organization) github.world.organizations.add("acme");
	const image = { registry: "ghcr.io", repository: "acme/apps/worker" };
	return { github, versions, image, found: containerPackage(github.client(), image) };
}

describe.each([
	["an organization", true],
	["a user", false],
])("the versions of a package of %s", (_whose, organization) => {
	it("are listed over pages and deleted by number", async () => {
		const { versions, found } = await packageOf(203, organization);
		const listed = await found.listVersions();
		expect(listed).toHaveLength(203);
		expect(listed[0]).toEqual({ id: 203, digest: digest(203), tags: [], createdAt: "2026-11-29T12:00:00Z" });
		expect(listed.at(-1)).toMatchObject({ id: 1, tags: ["stable"] });
		await found.deleteVersion(7);
		await found.deleteVersion(7); // gone is gone
		expect(versions.map(({ id }) => id)).not.toContain(7);
		expect(versions).toHaveLength(202);
	});
});

it("a version is removed by its digest, and one that is not there is told", async () => {
	const { found, versions } = await packageOf(3, true);
	const remove = packageRemover(found);
	expect(await remove(digest(2))).toBe(true);
	expect(versions.map(({ id }) => id)).toEqual([3, 1]);
	expect(await remove(digest(9))).toBe(false);
});

it("the last tagged version is kept by GitHub, and its reason is told", async () => {
	const { found } = await packageOf(2, false);
	await expect(found.deleteVersion(1)).rejects.toMatchObject({
		code: "github_refused",
		message: expect.stringContaining("You cannot delete the last tagged version of a package"),
	});
});

it.each([
	["127.0.0.1:5000", "acme/worker"],
	["ghcr.io", "worker"],
])("%s/%s is no package of GHCR", async (registry, repository) => {
	const { github } = await packageOf(1, false);
	expect(() => containerPackage(github.client(), { registry, repository })).toThrow(
		expect.objectContaining({ code: "packages_elsewhere" }),
	);
});
