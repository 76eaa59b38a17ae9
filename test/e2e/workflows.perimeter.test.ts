import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { ID_TOKEN_ISSUER } from "../../rehearsal/github/id-token-route.ts";
import { repositoryNamed } from "../../rehearsal/github/seed.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { readImage } from "../../src/registry/release-image.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { AT_GITHUB, type Hub } from "../support/actions/hub.ts";
import { hubOf } from "../support/actions/perimeter-hub.ts";
import { pushedBy } from "../support/actions/repository.ts";
import type { RunReport } from "../support/actions/run.ts";
import { environmentOf, writeEnvironment } from "../support/cres.ts";
import { BIN } from "../support/built.ts";
import { serveSigstore } from "../support/sigstore/services.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-workflows";
const REPOSITORY = "cres/worker";
const IMAGES = ".github/workflows/images.yml";
const ACTIVITY = "images/worker/activities/video.ts";
const DIGEST = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
const { username, password, address } = perimeter.registry;
const registry = createRegistry({ address, tls: false }, { username, password: new Secret(password) });

let hub: Hub;
beforeAll(async () => {
	hub = await hubOf(perimeter, NAME, REPOSITORY);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose]());

/** Exit 3 tells of findings: other channels of this registry may have some. */
const runCres = (cwd: string, ...args: string[]): Promise<string> =>
	promisify(execFile)(process.execPath, [BIN, ...args], { cwd }).then(
		({ stdout }) => stdout,
		(error: Error & { code?: number; stdout?: string }) => {
			if (error.code !== 3) throw error;
			return error.stdout!;
		},
	);

/** Asks cres for JSON in a folder that has the settings of the repository, and nothing that signs. */
async function looker(...files: string[]) {
	const project = await mkdtemp(join(tmpdir(), "cres-look-"));
	onTestFinished(() => rm(project, { recursive: true }));
	for (const file of ["cres.yaml", ...files]) await cp(join(hub.repository.directory, file), join(project, file));
	await writeEnvironment(project, { ...environmentOf(perimeter), GITHUB_TOKEN: password });
	return async (...args: string[]) => JSON.parse(await runCres(project, ...args, "--json")) as Record<string, any>;
}

const changeActivity = () =>
	hub.repository.change(ACTIVITY, `export const at${process.hrtime.bigint()} = () => "here";\n`);

const stepOf = ({ steps }: RunReport, id: string) => steps.find((step) => step.id === id)!;
const faults = ({ steps }: RunReport) =>
	steps.filter(({ conclusion }) => conclusion === "failure").map(({ title, output }) => `${title}\n${output}`);

describe("images.yml", () => {
	let first: RunReport;
	beforeAll(async () => {
		await changeActivity();
		first = await hub.run("images");
	}, 400_000);

	it("builds what a push has changed, pushes it by digest and hands the digest on", async () => {
		expect(faults(first)).toEqual([]);
		const { outputs } = stepOf(first, "build");
		expect(outputs).toMatchObject({ digest: DIGEST, built: "true", base_digest: DIGEST, base_built: "false" });
		expect(first.jobs["image"]).toEqual({ result: "success", outputs: { cpu: outputs["digest"] } });
		const image = await readImage(registry, REPOSITORY, outputs["digest"]!);
		expect(image?.manifest.annotations?.[LABEL.buildId]).toBe(outputs["build_id"]);
		expect(image?.digest).toBe(outputs["digest"]);
	});

	it("tests that digest, attests it, records it for the commit and gives it to the channel", async () => {
		const { digest } = stepOf(first, "build").outputs;
		const look = await looker();
		expect(await look("attest", "verify", digest!)).toMatchObject({ key: "ci" });
		expect((await look("channels"))["channels"]).toContainEqual(expect.objectContaining({ channel: "canary", digest }));
		const { statuses } = repositoryNamed(hub.github.world, AT_GITHUB);
		expect(statuses.map(({ description }) => description)).toContain(digest);
	}, 60_000);

	it("builds nothing for a commit that changed no image, and does not test it again", async () => {
		await hub.repository.change("README.md", "\n");
		const again = await hub.run("images");
		expect(faults(again)).toEqual([]);
		expect(stepOf(again, "build").outputs).toEqual({ ...stepOf(first, "build").outputs, built: "false" });
		const smoke = again.steps.find(({ title }) => title.startsWith("node bin/run.js smoke"))!;
		expect([stepOf(again, "attested").outcome, smoke.outcome]).toEqual(["success", "skipped"]);
	}, 300_000);

	it("ends at a build that fails: nothing is tested, attested or promoted", async () => {
		await hub.repository.change("Dockerfile", "RUN echo nearly there && false\n");
		const broken = await hub.run("images");
		await hub.repository.git("revert", "--no-edit", "HEAD");
		expect(broken.jobs["image"]!.result).toBe("failure");
		expect(stepOf(broken, "build")).toMatchObject({ outcome: "failure", outputs: {} });
		const after = broken.steps.slice(broken.steps.findIndex(({ id }) => id === "build") + 1);
		expect(after.map(({ outcome }) => outcome)).toEqual(after.map(() => "skipped"));
		expect(stepOf(broken, "build").output).toContain("build_failed");
	}, 300_000);

	it("ends at a smoke test that fails: the image is pushed, and neither attested nor promoted", async () => {
		const other = "s/taskQueue(settings.baseTaskQueue/taskQueue(`not-${settings.baseTaskQueue}`/";
		const options = "/app/images/worker/worker-options.js";
		await hub.repository.change("Dockerfile", `RUN sed -i '${other}' ${options} && grep -q not- ${options}\n`);
		const deaf = await hub.run("images");
		await hub.repository.git("revert", "--no-edit", "HEAD");
		const { digest } = stepOf(deaf, "build").outputs;
		expect([deaf.jobs["image"]!.result, digest]).toEqual(["failure", DIGEST]);
		const at = deaf.steps.findIndex(({ title }) => title.startsWith("node bin/run.js smoke"));
		expect(deaf.steps[at]).toMatchObject({ outcome: "failure", output: expect.stringContaining("queues") });
		expect(deaf.steps.slice(at + 1).map(({ outcome }) => outcome)).not.toContain("success");
		expect((await registry.resolve(REPOSITORY, "canary"))?.digest).toBe(stepOf(first, "build").outputs["digest"]);
		const { statuses } = repositoryNamed(hub.github.world, AT_GITHUB);
		expect(statuses.map(({ description }) => description)).not.toContain(digest);
	}, 300_000);

	it("prints no secret", () => {
		const printed = first.steps.map(({ output }) => output).join("\n");
		for (const secret of [password, hub.attestKey, hub.attestKey.split("\n")[1]!])
			expect(printed).not.toContain(secret);
	});
});

describe("promote.yml", () => {
	it("moves stable to the image of canary, and builds nothing", async () => {
		const { github: pushed } = await pushedBy(hub.repository, username);
		const dispatched = { ...pushed, event_name: "workflow_dispatch" };
		const report = await hub.run("promote", { github: dispatched, inputs: { image: "canary" } });
		expect(faults(report)).toEqual([]);
		const digestOf = async (channel: string) => (await registry.resolve(REPOSITORY, channel))?.digest;
		expect(await digestOf("stable")).toEqual(DIGEST);
		expect(await digestOf("stable")).toBe(await digestOf("canary"));
		expect(report.steps.map(({ output }) => output).join("\n")).not.toContain(password);
	}, 120_000);
});

describe("drift.yml", () => {
	it("looks at the tree, and has an issue open exactly if it found something", async () => {
		const report = await hub.run("drift");
		expect(faults(report)).toEqual([]);
		const outcomes = ["triage", "perimeter"].map((id) => stepOf(report, id).outcome);
		const { issues } = repositoryNamed(hub.github.world, AT_GITHUB);
		expect(issues.map(({ title, state }) => `${title}: ${state}`)).toEqual(
			outcomes.includes("failure") ? ["The tree has drifted: open"] : [],
		);
	}, 120_000);
});

describe("images.yml without ATTEST_KEY", () => {
	const TRUSTED_ROOT = "sigstore-trusted-root.json";

	/** Fulcio and Rekor, and a commit whose cres.yaml has this workflow sign through them. */
	async function signKeyless() {
		const services = await serveSigstore({ [ID_TOKEN_ISSUER]: hub.github.world.idTokenKey.publicKey });
		const identities = { images: { repository: AT_GITHUB, workflow: IMAGES, ref: "refs/heads/main" } };
		const urls = { fulcio: services.fulcio.origin, rekor: services.rekor.origin };
		const file = (name: string) => join(hub.repository.directory, name);
		const settings = parse(await readFile(file("cres.yaml"), "utf8")) as object;
		const attest = { keyless: { trusted_root: TRUSTED_ROOT, identities, ...urls } };
		await writeFile(file("cres.yaml"), stringify({ ...settings, attest }));
		await writeFile(file(TRUSTED_ROOT), JSON.stringify(services.trustedRoot));
		await hub.repository.commit("Sign as the workflow that runs");
		return services;
	}

	it("signs build, smoke test and contents as the workflow that runs", async () => {
		const services = await signKeyless();
		await changeActivity();
		const report = await hub.run("images", { secrets: { GITHUB_TOKEN: password } });
		expect(faults(report)).toEqual([]);
		const { digest } = stepOf(report, "build").outputs;
		const look = await looker(TRUSTED_ROOT);
		const keyId = `https://github.com/${AT_GITHUB}/${IMAGES}@refs/heads/main`;
		expect(await look("attest", "verify", digest!)).toMatchObject({ key: "images", keyId });
		const { attestations } = (await look("attest", "show", digest!)) as { attestations: Record<string, unknown>[] };
		expect(attestations.map(({ kind }) => kind)).toEqual(["sbom", "smoke", "provenance"]);
		for (const one of attestations) expect(one).toMatchObject({ verdict: "ok", keyId });
		expect(services.rekor.asked).toHaveLength(attestations.length);
		const printed = report.steps.map(({ output }) => output).join("\n");
		for (const { body } of services.fulcio.asked)
			expect(printed).not.toContain(JSON.parse(body.toString()).credentials.oidcIdentityToken);
	}, 300_000);
});
