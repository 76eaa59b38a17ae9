import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UserError } from "../../../src/errors/errors.ts";
import { PreflightError } from "../../../src/errors/gathered.ts";
import { takeLease } from "../../../src/rollout/lease.ts";
import { BUILD, makeDockerWorld, type ControlHost, type DockerWorld } from "../../support/docker-world.ts";

let world: DockerWorld;
let host: ControlHost;
const begin = async (...of: Parameters<typeof makeDockerWorld>) => {
	await world?.close();
	world = await makeDockerWorld(...of);
	host = await world.controlHost();
};
beforeEach(() => begin());
afterEach(() => world.close());

/** Why a deploy was refused; throws when anything was changed. */
async function refusal(build = BUILD.first): Promise<UserError> {
	const refused = await host.deploy(build).then(
		({ outcome }) => Promise.reject(new Error(`it is ${outcome}`)),
		(error: unknown) => error as UserError,
	);
	const { changes, volumes } = world.daemon;
	if (changes.length + volumes.size > 0) throw new Error(`changed: ${[...changes, ...volumes.keys()].join(", ")}`);
	return refused;
}
const codes = (error: UserError): string[] =>
	error instanceof PreflightError ? error.failures.map(({ code }) => code) : [error.code];

describe("an instance that somebody changes now", () => {
	it("is told once, though both the host and this state directory know", async () => {
		await using lease = await takeLease({ ...host, clock: world.clock }, "stop");
		const error: UserError = await host.deploy(BUILD.first).then(
			() => Promise.reject(new Error("it was not refused")),
			(refused: UserError) => refused,
		);
		expect([codes(error), error.message]).toEqual([["lease_held"], expect.stringMatching(/ m?s: stop$/)]);
		await lease.assertHeld();
	});
});

describe("a host that does not fit", () => {
	it("is told all at once what it lacks", async () => {
		await begin({ roles: ["cpu", "gpu"] });
		Object.assign(world.daemon, { platform: "linux/arm64", freeBytes: 1.1559e9 });
		const error = await refusal();
		expect(codes(error)).toEqual(["wrong_architecture", "no_gpu", "disk_full"]);
		expect(error.message.split("\n").slice(1)).toEqual([
			"  - cpu-1 is linux/arm64, the image is linux/amd64",
			"    → build the image for that platform, or choose another instance",
			"  - cpu-1 has the role gpu, but its Docker daemon offers no GPU",
			"    → install the NVIDIA container toolkit on cpu-1, or drop the role in cres.yaml",
			"  - cpu-1 has 1.2 GB free in /var/lib/docker, the image needs about 1.2 GB",
			"    → free space on cpu-1 (docker system df), then run the command again",
		]);
	});

	it("T16: has NVIDIA's runtime without its driver, and nothing that runs is stopped for it", async () => {
		await begin({ roles: ["gpu"] });
		Object.assign(world.daemon, { gpu: true, driverless: true });
		const error = await refusal();
		expect(codes(error)).toEqual(["no_gpu"]);
		expect(error.message).toContain("cpu-1 has NVIDIA's runtime, but its NVIDIA driver is not loaded");
		await begin({ roles: ["cpu"] });
		Object.assign(world.daemon, { gpu: true, driverless: true });
		expect((await host.deploy(BUILD.first, { dryRun: true })).outcome).toBe("planned");
	});

	it("needs no GPU for the role cpu", async () => {
		world.daemon.platform = "linux/arm64";
		expect(codes(await refusal())).toEqual(["wrong_architecture"]);
	});

	it("lacks a few bytes", async () => {
		world.daemon.freeBytes = 256e6 + 900e6 - 1;
		expect(codes(await refusal())).toEqual(["disk_full"]);
	});

	it("is found together with what else stands in the way", async () => {
		world.daemon.reachable = false;
		world.temporal.reachable = false;
		expect(codes(await refusal("555555555555"))).toEqual([
			"image_missing",
			"instance_unreachable",
			"temporal_unreachable",
		]);
	});
});

describe("a host that fits", () => {
	const planned = async () => (await host.deploy(BUILD.first, { dryRun: true })).outcome;

	it("has just enough room", async () => {
		world.daemon.freeBytes = 256e6 + 900e6;
		expect(await planned()).toBe("planned");
	});

	it("need not tell its room", async () => {
		world.daemon.freeBytes = undefined;
		expect(await planned()).toBe("planned");
	});

	it("has the layers that do not change already when it runs a release of ours", async () => {
		await host.deploy(BUILD.first);
		world.daemon.freeBytes = 300e6;
		expect((await host.deploy(BUILD.second)).outcome).toBe("live");
	});
});
