import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { runCres } from "../support/run-cres.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { REPOSITORY } from "./machine.ts";

let server: RealRegistry;
let directory: string;
let digest: string;
beforeAll(async () => {
	server = await startRegistry();
	const registry = server.client();
	digest = await pushApp(registry, REPOSITORY, "111111111111");
	const { bytes } = (await registry.manifest(REPOSITORY, digest))!;
	await registry.putManifest(REPOSITORY, "stable", bytes, MEDIA_TYPE.ociManifest);
	directory = await mkdtemp(join(tmpdir(), "cres-channels-"));
	const yaml = [
		...["project: suite", `image: { repository: ${REPOSITORY} }`],
		`registry: { push: { address: "${server.address}", tls: false } }`,
		...['temporal: { address: "127.0.0.1:9" }', 'store: { endpoint: "127.0.0.1:9" }', "instances:"],
		"  gpu-1: { driver: vast, id: 7, key: ./id, roles: [gpu] }",
	];
	await writeFile(join(directory, "cres.yaml"), yaml.join("\n"));
});
afterAll(async () => {
	await server.close();
	await rm(directory, { recursive: true, force: true });
});

const EMPTY = { exit: 1, code: "channel_empty", hint: "cres promote DIGEST canary" };
const UNATTESTED = {
	code: "preflight",
	message: expect.stringContaining("stable resolves to 111111111111, which has no valid attestation") as string,
};

describe("a command is refused", () => {
	it.each<[line: string, fault: object]>([
		["promote DIGEST canary", { exit: 1, code: "attestation_missing" }],
		["promote DIGEST edge", { exit: 2, code: "unknown_channel", hint: "cres.yaml has the channels canary, stable" }],
		["deploy gpu-1 --channel canary", EMPTY],
		["deploy gpu-1 --image canary", EMPTY],
		["deploy gpu-1 --channel stable", UNATTESTED],
		["deploy gpu-1 --image stable", UNATTESTED],
		["deploy gpu-1 --allow-unattested", { exit: 2, code: "usage" }],
		["deploy gpu-1 --image DIGEST --allow-unattested", { exit: 2, code: "usage" }],
		["deploy gpu-1 --image canary --allow-unattested", EMPTY],
		["deploy gpu-1 --channel stable --image DIGEST", { exit: 2, code: "usage" }],
		["prune registry --yes", { exit: 2, code: "vast_key_missing" }],
		["prune instance gpu-1 --dry-run", { exit: 2, code: "no_daemon" }],
		["prune registry --keep 1", { exit: 2, code: "usage" }],
	])("%s", async (line, fault) => {
		const { code: exit, stdout } = await runCres(directory, ...line.replace("DIGEST", digest).split(" "), "--json");
		expect({ exit, ...(JSON.parse(stdout) as { error: object }).error }).toMatchObject(fault);
		expect(await server.client().resolve(REPOSITORY, "canary")).toBeUndefined();
	});
});

it("channels that could not be read are no finding: exit 1, and a promotion says so once", async () => {
	const down = await mkdtemp(join(tmpdir(), "cres-channels-"));
	const yaml = await readFile(join(directory, "cres.yaml"), "utf8");
	await writeFile(join(down, "cres.yaml"), yaml.replace(server.address, "127.0.0.1:1"));
	const { code, stdout } = await runCres(down, "channels");
	expect(code).toBe(1);
	expect(stdout).toMatch(/^canary +- +(?:- +)?\? /m);
	const promoted = await runCres(down, "promote", digest, "canary", "--json");
	expect(promoted.code).toBe(1);
	expect(JSON.parse(promoted.stdout)).toMatchObject({ error: { code: "registry_unreachable" } });
	await rm(down, { recursive: true });
});

describe("what is typed wrongly is told in one line", () => {
	it.each([
		[
			"smoke",
			2,
			"✖ no cpu image was pushed from here yet\n  → cres build all --push, or give a digest: cres smoke DIGEST\n",
		],
		["promote", 2, "✖ cres promote: IMAGE and CHANNEL are missing\n"],
		["promote canary", 2, "✖ cres promote: CHANNEL is missing\n"],
		["smoke ''", 2, "✖ cres smoke: IMAGE is empty\n"],
		["prune registry --keep 0", 2, "✖ cres prune registry: --keep takes a whole number of at least 2, not 0\n"],
	])("%s", async (line, exit, said) => {
		const args = line.split(" ").map((word) => (word === "''" ? "" : word));
		const { code, stderr } = await runCres(directory, ...args);
		expect([code, stderr]).toEqual([exit, expect.stringContaining(said)]);
	});
});

it("channels are shown, with exit 3 when one is not attested", async () => {
	const { code, stdout } = await runCres(directory, "channels", "--json");
	const { channels, unasked } = JSON.parse(stdout);
	expect(code).toBe(3);
	expect(channels).toMatchObject([
		{ channel: "canary", digest: null, problem: null },
		{ channel: "stable", digest, buildId: "111111111111", problem: { code: "attestation_missing" } },
	]);
	expect(unasked).toMatchObject([{ instance: "gpu-1" }]);
});
