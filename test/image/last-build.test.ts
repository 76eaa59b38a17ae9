import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { imageReference, lastBuild, rememberBuild } from "../../src/image/last-build.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("imageReference", () => {
	it.each([
		[digest, digest],
		[`ghcr.io/o/app@${digest}`, digest],
		["0123456789ab", "b-0123456789ab"],
		["0123456789ab-dirty", "b-0123456789ab-dirty"],
		["canary", "canary"],
	])("%s → %s", (text, reference) => expect(imageReference(text)).toBe(reference));

	it.each(["sha256:short", "a b", "../x", "ghcr.io/o/app:tag", ""])("refuses %j", (text) => {
		expect(() => imageReference(text)).toThrow(expect.objectContaining({ code: "image_reference", exit: "usage" }));
	});
});

it("remembers the last pushed build of each flavour and names the command when there is none", async () => {
	const root = await mkdtemp(join(tmpdir(), "cres-build-"));
	const hint = expect.stringMatching(/^cres build all --push, /);
	await expect(lastBuild(root, "cpu")).rejects.toMatchObject({ code: "no_build", hint });
	const build = { digest, buildId: "0123456789ab", pushedAt: "2026-01-01T00:00:00Z" };
	await rememberBuild(root, "cpu", build);
	expect(await lastBuild(root, "cpu")).toEqual(build);
	const cuda = expect.stringContaining("cres build all --push --flavour cuda");
	await expect(lastBuild(root, "cuda")).rejects.toMatchObject({ code: "no_build", hint: cuda });
	await rememberBuild(root, "cuda", { ...build, buildId: "ba9876543210" });
	expect([(await lastBuild(root, "cpu")).buildId, (await lastBuild(root, "cuda")).buildId]).toEqual([
		"0123456789ab",
		"ba9876543210",
	]);
});
