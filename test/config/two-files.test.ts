import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { claimOf } from "../../src/state/claim.ts";
import { pinHostKey, pinnedHostKey } from "../../src/state/host-keys.ts";
import { lastBuild, rememberBuild } from "../../src/state/last-build.ts";
import { localLeaseHolder, takeLocalLease } from "../../src/state/leases.ts";
import { recordEndpoint, recordedEndpoint } from "../../src/state/endpoints.ts";
import { systemClock } from "../../src/system/clock.ts";
import { temporaryDirectory } from "../state/temporary.ts";

const textFor = (host: string): string =>
	[
		"project: shop",
		"image: { repository: owner/app }",
		"registry: { push: { address: ghcr.io } }",
		"temporal: { address: 127.0.0.1:7233 }",
		"store: { endpoint: 127.0.0.1:9000 }",
		`instances: { cpu-1: { driver: docker, host: ${host}, key: id, roles: [cpu] } }`,
		"",
	].join("\n");

it("M26: staging and production in one directory share no lease, pin, build and endpoint", async () => {
	const root = await temporaryDirectory();
	await mkdir(root, { recursive: true });
	for (const name of ["staging", "prod"]) await writeFile(join(root, `${name}.yaml`), textFor(`${name}.test`));
	const load = (name: string) => loadConfig({ directory: root, path: `${name}.yaml`, environment: {} });
	const [staging, prod] = [await load("staging"), await load("prod")];
	const held = await takeLocalLease(staging.state, "cpu-1", "deploy", { clock: systemClock });
	await pinHostKey(staging.state, "cpu-1", { fingerprint: "SHA256:a", endpoint: "staging.test:22", pinnedAt: "now" });
	const at = "2026-11-29T10:15:00.000Z";
	await rememberBuild(staging.state, "cpu", { digest: `sha256:${"a".repeat(64)}`, buildId: "b1", pushedAt: at });
	await recordEndpoint(staging.state, "cpu-1", {
		...{ host: "staging.test", port: 22, via: "direct", generation: 1, contract: 7 },
		...{ fingerprint: "SHA256:a", verifiedBy: "log", since: at },
	});
	expect(await localLeaseHolder(staging.state, "cpu-1", systemClock)).toMatchObject({
		pid: claimOf("deploy", systemClock).pid,
	});
	expect([
		await localLeaseHolder(prod.state, "cpu-1", systemClock),
		await pinnedHostKey(prod.state, "cpu-1"),
		await lastBuild(prod.state, "cpu"),
		await recordedEndpoint(prod.state, "cpu-1"),
	]).toEqual([undefined, undefined, undefined, undefined]);
	const second = await takeLocalLease(prod.state, "cpu-1", "deploy", { clock: systemClock });
	await second.release();
	await held.release();
});

it("M26: two files of one name are refused, for they would share those", async () => {
	const root = await temporaryDirectory();
	await mkdir(root, { recursive: true });
	const at = (name: string) => join(root, name);
	const load = (path: string) => loadConfig({ directory: root, path, environment: {} });
	await writeFile(at("prod.yaml"), textFor("prod.test"));
	await writeFile(at("prod.yml"), textFor("other.test"));
	await writeFile(at("prod"), textFor("third.test"));
	for (const [path, other] of [
		["prod.yaml", "prod.yml"],
		["prod.yml", "prod.yaml"],
		["prod", "prod.yaml"],
	] as const)
		await expect(load(path)).rejects.toMatchObject({
			...{ code: "config_twice", exit: "usage" },
			message: `${at(path)} and ${other} beside it share the records of one name`,
			hint: `remove one of them, or give it another name: mv ${other} NAME.yaml`,
		});
	await rm(at("prod.yml"));
	await symlink("prod.yaml", at("prod.yml"));
	expect((await load("prod.yaml")).state).toBe((await load("prod.yml")).state);
});
