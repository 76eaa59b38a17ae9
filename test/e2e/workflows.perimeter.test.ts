import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LABEL } from "../../src/contracts/labels.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { readImage } from "../../src/registry/release-image.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { makeRepository, pushedBy, type Repository } from "../support/actions/repository.ts";
import { runWorkflow, type RunOptions, type RunReport } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { settingsFor } from "../support/cres.ts";
import { waitsForMerge } from "../support/waits-for-merge.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-workflows";
const REPOSITORY = "cres/worker";
const ACTIVITY = "images/worker/activities/video.ts";
const DIGEST = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
const { username, password, address } = perimeter.registry;
const registry = createRegistry({ address, tls: false }, { username, password: new Secret(password) });

let repository: Repository;
beforeAll(async () => {
	const settings = settingsFor(perimeter, NAME);
	repository = await makeRepository({ ...settings, image: { repository: REPOSITORY }, instances: {} });
}, 60_000);
afterAll(() => repository[Symbol.asyncDispose]());

async function run(name: string, options: Partial<RunOptions> = {}): Promise<RunReport> {
	const file = `.github/workflows/${name}.yml`;
	const workflow = await readWorkflow(file, await readFile(join(repository.directory, file), "utf8"));
	const directory = await mkdtemp(join(tmpdir(), "cres-run-"));
	const { PATH = "", HOME = "" } = process.env;
	const report = await runWorkflow(workflow, {
		...(await pushedBy(repository, username)),
		secrets: { GITHUB_TOKEN: password },
		vars: { BASE_IMAGE: perimeter.baseImage },
		wantsLeg: ({ flavour }) => flavour !== "cuda", // its packages are gigabytes
		leaveOut: waitsForMerge,
		environment: { PATH, HOME, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
		directory,
		...options,
	});
	await rm(directory, { recursive: true, force: true });
	return report;
}

const stepOf = ({ steps }: RunReport, id: string) => steps.find((step) => step.id === id)!;
const faults = ({ steps }: RunReport) =>
	steps.filter(({ conclusion }) => conclusion === "failure").map(({ title, output }) => `${title}\n${output}`);

describe("images.yml", () => {
	let first: RunReport;
	beforeAll(async () => {
		await repository.change(ACTIVITY, `export const at${process.hrtime.bigint()} = () => "here";\n`);
		first = await run("images");
	}, 300_000);

	it("builds what a push has changed, pushes it by digest and hands the digest on", async () => {
		expect(faults(first)).toEqual([]);
		const { outputs } = stepOf(first, "build");
		expect(outputs).toMatchObject({ digest: DIGEST, built: "true", base_digest: DIGEST, base_built: "false" });
		expect(first.jobs["image"]).toEqual({ result: "success", outputs: { cpu: outputs["digest"] } });
		const image = await readImage(registry, REPOSITORY, outputs["digest"]!);
		expect(image?.manifest.annotations?.[LABEL.buildId]).toBe(outputs["build_id"]);
		expect(image?.digest).toBe(outputs["digest"]);
	});

	it("builds nothing for a commit that changed no image", async () => {
		await repository.change("README.md", "\n");
		const again = await run("images");
		expect(faults(again)).toEqual([]);
		expect(stepOf(again, "build").outputs).toEqual({ ...stepOf(first, "build").outputs, built: "false" });
	}, 300_000);

	it("ends at a build that fails: nothing is tested, attested or promoted", async () => {
		await repository.change("Dockerfile", "RUN echo nearly there && false\n");
		const broken = await run("images");
		await repository.git("revert", "--no-edit", "HEAD");
		expect(broken.jobs["image"]!.result).toBe("failure");
		expect(stepOf(broken, "build")).toMatchObject({ outcome: "failure", outputs: {} });
		const after = broken.steps.slice(broken.steps.findIndex(({ id }) => id === "build") + 1);
		expect(after.map(({ outcome }) => outcome)).toEqual(after.map(() => "skipped"));
		expect(stepOf(broken, "build").output).toContain("build_failed");
	}, 300_000);

	it("prints no secret", () => {
		expect(first.steps.map(({ output }) => output).join("\n")).not.toContain(password);
	});
});

describe("drift.yml", () => {
	it("looks at the perimeter of the tree", async () => {
		const report = await run("drift");
		expect(faults(report)).toEqual([]);
		expect(stepOf(report, "perimeter").outcome).toMatch(/success|failure/);
	}, 120_000);
});
