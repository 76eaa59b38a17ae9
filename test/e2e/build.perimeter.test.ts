import { lastBuild } from "../../src/state/last-build.ts";
import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LABEL, OCI } from "../../src/contracts/labels.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import type { UserError } from "../../src/errors/errors.ts";
import { describeImage, readImage } from "../../src/registry/release-image.ts";
import { labelsOf } from "../../src/registry/schemas.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { makeProject, root, sending, settingsFor, writeSettings, type Project } from "../support/cres.ts";
import { faultOf, stateOf, succeed } from "../support/deployable.ts";

interface Built {
	digest: string | null;
	buildId: string;
	keyTag: string;
	skipped: boolean;
	reason: string;
	pushedBytes: number;
}

const perimeter = inject("perimeter");
const REPOSITORY = "cres/worker";
const NAME = "e2e-build";
const ACTIVITY = "images/worker/activities/video.ts";
const WORKFLOW = "images/worker/workflows/video-processing.ts";

/** A clone of this tree; its commits make images of their own. */
let tree: string;
let project: Project;
const { username, password } = perimeter.registry;
const registry = createRegistry(
	{ address: perimeter.registry.address, tls: false },
	{ username, password: new Secret(password) },
);

const git = async (...args: string[]): Promise<string> => {
	const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
	return (await promisify(execFile)("git", [...author, ...args], { cwd: tree })).stdout.trim();
};
const commit = () => git("commit", "--all", "--quiet", "--message", "Change");
/** One line more, unlike any before. */
const change = (file: string) =>
	appendFile(join(tree, file), `export const at${process.hrtime.bigint()} = () => "here";\n`);
const build = async (...flags: string[]): Promise<Built> =>
	JSON.parse(await succeed(project.cres("build", "app", "--push", "--json", ...flags))).images[0];
const stored = (reference: string) => readImage(registry, REPOSITORY, reference);
const refused = async (...flags: string[]) => faultOf(await project.cres("build", "app", "--push", "--json", ...flags));

beforeAll(async () => {
	tree = await mkdtemp(join(tmpdir(), "cres-e2e-tree-"));
	await promisify(execFile)("git", ["clone", "--quiet", root, tree]);
	await writeFile(join(tree, ".git", "info", "exclude"), "node_modules\n"); // as links they are no directories
	for (const path of ["node_modules", "images/node_modules"]) await symlink(join(root, path), join(tree, path));
	const settings = { ...settingsFor(perimeter, NAME), image: { repository: REPOSITORY, context: tree } };
	project = await makeProject(perimeter, NAME, settings);
	await change(ACTIVITY);
	await commit();
	await succeed(project.cres("build", "base", "--push"));
}, 300_000);
afterAll(async () => {
	await rm(tree, { recursive: true, force: true });
	await rm(project.directory, { recursive: true, force: true });
});

describe("cres build app --push", () => {
	it("builds a clean tree; id, file, label and annotation agree with the digest's manifest", async () => {
		const built = await build();
		expect(built).toMatchObject({ skipped: false, buildId: expect.stringMatching(/^[0-9a-f]{12}$/) });
		const image = (await stored(built.digest!))!;
		expect(image.digest).toBe(built.digest);
		expect(image.manifest.annotations).toMatchObject({
			[LABEL.buildId]: built.buildId,
			[OCI.revision]: await git("rev-parse", "HEAD"),
		});
		expect(labelsOf(image.config)[LABEL.buildId]).toBe(built.buildId);
		const info = gunzipSync(await registry.blob(REPOSITORY, image.manifest.layers.at(-1)!.digest)).toString();
		expect(info).toContain("app/build-info.json");
		expect(/"buildId": "([^"]+)"/.exec(info)?.[1]).toBe(built.buildId);
		expect((await stored(`b-${built.buildId}`))?.digest).toBe(built.digest);
		expect(await lastBuild(stateOf(project.directory), "cpu")).toMatchObject({ digest: built.digest });
	});

	it("does not build the same inputs again, and says so", async () => {
		const text = await succeed(project.cres("build", "app", "--push"));
		expect(text).toMatch(/^app {2}[0-9a-f]{12} {2}already built in .+ \(the registry holds inputs-[0-9a-f]{40}\)\n/);
	});

	it("gives the same digest without the cache, seconds later", async () => {
		const before = await build("--dry-run");
		const again = await build("--no-cache");
		expect(again).toMatchObject({ skipped: false, digest: before.digest, buildId: before.buildId });
	});

	it("refuses a dirty tree, or marks its build id", async () => {
		await change(ACTIVITY);
		const fault = await refused();
		expect(fault).toMatchObject({ exitCode: 1, code: "tree_dirty" });
		expect(fault.message).toContain(ACTIVITY);
		expect(fault.hint).toContain("--allow-dirty");
		expect((await build("--allow-dirty", "--dry-run")).buildId).toMatch(/^[0-9a-f]{12}-dirty$/);
	});

	it("sends kilobytes for a line of an activity, and not much more for one of a workflow", async () => {
		await commit();
		const activity = await build();
		expect(activity.pushedBytes).toBeGreaterThan(0);
		expect(activity.pushedBytes).toBeLessThanOrEqual(64 * 1024);
		await change(WORKFLOW);
		await commit();
		const workflow = await build();
		expect(workflow.pushedBytes).toBeGreaterThan(0);
		expect(workflow.pushedBytes).toBeLessThanOrEqual(512 * 1024);
		expect(new Set([activity.digest, workflow.digest]).size).toBe(2);
	});
});

describe("a build that fails", () => {
	it("in the Dockerfile: names the stage and shows the last lines", async () => {
		await appendFile(join(tree, "Dockerfile"), "RUN echo nearly there && false\n");
		await commit();
		const fault = await refused();
		await git("reset", "--hard", "--quiet", "HEAD~1");
		expect(fault).toMatchObject({ exitCode: 1, code: "build_failed" });
		expect(fault.message).toMatch(/^Dockerfile failed at .*RUN echo nearly there/);
		expect(fault.message).toContain("\nnearly there");
		expect(fault.hint).toContain("correct Dockerfile");
	});

	it("because the registry is down", async () => {
		const settings = settingsFor(perimeter, NAME);
		const image = { repository: REPOSITORY, context: tree };
		await writeSettings(project.directory, {
			...settings,
			image,
			registry: { push: { address: "127.0.0.1:1", tls: false } },
		});
		const fault = await refused();
		await writeSettings(project.directory, { ...settings, image });
		expect(fault).toMatchObject({ exitCode: 1, code: "registry_unreachable" });
		expect(fault.hint).toContain("cres doctor");
	});

	it.each(["• build app", "• push "])("by Ctrl-C at %s: leaves no file and no tag", async (line) => {
		await change(ACTIVITY);
		await commit();
		const { keyTag, buildId } = await build("--dry-run");
		const { exitCode, stderr } = await project.start(["build", "app", "--push"], sending("SIGINT", line));
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("code: interrupted") });
		expect(await stored(keyTag)).toBeUndefined();
		const deployable = await describeImage(registry, REPOSITORY, `b-${buildId}`).catch(
			(error: UserError) => error.code,
		);
		expect(deployable ?? "image_not_ours").toBe("image_not_ours");
		expect(await readdir(project.temporary)).toEqual([]);
		expect(await build("--dry-run")).toMatchObject({ reason: expect.stringContaining("would be built and pushed") });
	});
});
