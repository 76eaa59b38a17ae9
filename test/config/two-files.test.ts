import { mkdir, writeFile } from "node:fs/promises";
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
