import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { readDocument, writeDocument } from "../../src/state/document.ts";
import { endpointHistory, recordEndpoint, recordedEndpoint, type Endpoint } from "../../src/state/endpoints.ts";
import { pinHostKey, pinnedHostKey } from "../../src/state/host-keys.ts";
import { knownHostsPath, trust, vastAlias } from "../../src/state/known-hosts.ts";
import { lastBuild, rememberBuild } from "../../src/state/last-build.ts";
import {
	readPendingRotation,
	removePendingRotation,
	writePendingRotation,
	type PendingRotation,
} from "../../src/state/pending-rotation.ts";
import { temporaryDirectory } from "./temporary.ts";

let state: string;
beforeEach(async () => {
	state = await temporaryDirectory();
});

const endpoint: Endpoint = {
	host: "203.0.113.7",
	port: 40022,
	via: "direct",
	generation: 1,
	contract: 812,
	fingerprint: "SHA256:abc",
	verifiedBy: "log",
	since: "2026-11-23T10:15:00.000Z",
};
const pin = { fingerprint: "SHA256:abc", endpoint: "10.0.0.5:22", pinnedAt: "2026-11-23T10:15:00.000Z" };

describe("a document", () => {
	const schema = z.object({ name: z.string() });
	const path = () => join(state, "below", "name.json");
	const read = () => readDocument(path(), schema, "cres name");

	it("is there once it was written, for its owner only", async () => {
		expect(await read()).toBeUndefined();
		await writeDocument(path(), { name: "a" });
		expect(await read()).toEqual({ name: "a" });
		expect(JSON.parse(await readFile(path(), "utf8"))).toEqual({ v: 1, value: { name: "a" } });
		expect((await stat(path())).mode & 0o777).toBe(0o600);
		await writeFile(path(), '{"name":"of version 0.1"}');
		expect(await read()).toEqual({ name: "of version 0.1" });
	});

	it.each([
		["", /Unexpected end of JSON input/],
		['{"name":1}', /expected string, received number → at name/],
		['{"v":2,"value":{"name":"a"}}', /a later version of cres wrote it/],
	])("that reads %j is told with what to do", async (text, why) => {
		await mkdir(join(state, "below"));
		await writeFile(path(), text);
		const error: unknown = await read().catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ name: "UserError", code: "state_unreadable", hint: "move it away, then cres name" });
		expect((error as Error).message).toMatch(why);
		expect((error as Error).message).toMatch(/^\S+name\.json cannot be read: [^\n]+$/);
	});
});

describe("endpoints", () => {
	it("are kept by instance, with a history of addresses", async () => {
		await recordEndpoint(state, "gpu-1", endpoint);
		await recordEndpoint(state, "gpu-1", { ...endpoint, fingerprint: "SHA256:def" });
		await recordEndpoint(state, "gpu-1", { ...endpoint, port: 40099, generation: 2 });
		expect(await recordedEndpoint(state, "gpu-1")).toMatchObject({ port: 40099, generation: 2 });
		expect(await recordedEndpoint(state, "gpu-2")).toBeUndefined();
		expect((await endpointHistory(state, "gpu-1")).map(({ port }) => port)).toEqual([40022, 40099]);
		expect(await endpointHistory(state, "gpu-2")).toEqual([]);
	});

	it("may be behind Vast's gateway, with a key that was taken as it was shown", async () => {
		const proxied: Endpoint = { ...endpoint, via: "proxy", verifiedBy: "first-use" };
		await recordEndpoint(state, "gpu-1", proxied);
		expect(await recordedEndpoint(state, "gpu-1")).toEqual(proxied);
	});

	it("are all there when many are recorded at once", async () => {
		const names = ["gpu-1", "gpu-2", "gpu-3", "gpu-4"];
		await Promise.all(names.map((name) => recordEndpoint(state, name, endpoint)));
		for (const name of names) expect(await recordedEndpoint(state, name)).toEqual(endpoint);
	});
});

it("keeps all host keys that are pinned at once", async () => {
	expect(await pinnedHostKey(state, "cpu-1")).toBeUndefined();
	const names = ["cpu-1", "cpu-2", "cpu-3"];
	await Promise.all(names.map((name) => pinHostKey(state, name, { ...pin, endpoint: name })));
	for (const name of names) expect(await pinnedHostKey(state, name)).toEqual({ ...pin, endpoint: name });
	await writeFile(join(state, "host-keys.json"), "{");
	await expect(pinnedHostKey(state, "cpu-1")).rejects.toMatchObject({ hint: /cres instance adopt INSTANCE$/ });
});

it("remembers the last build of each flavour", async () => {
	const build = { digest: `sha256:${"a".repeat(64)}`, buildId: "0123456789ab", pushedAt: "2026-11-23T10:15:00.000Z" };
	expect(await lastBuild(state, "cpu")).toBeUndefined();
	await rememberBuild(state, "cpu", build);
	await rememberBuild(state, "cuda", { ...build, buildId: "ba9876543210" });
	expect(await lastBuild(state, "cpu")).toEqual(build);
	expect(await lastBuild(state, "cuda")).toMatchObject({ buildId: "ba9876543210" });
	expect((await readdir(state)).toSorted()).toEqual(["last-build-cuda.json", "last-build.json"]);
	for (const digest of ["latest", `x${build.digest}`, `${build.digest}0`]) {
		await rememberBuild(state, "cuda", { ...build, digest });
		await expect(lastBuild(state, "cuda")).rejects.toMatchObject({ hint: /cres build all --push --flavour cuda$/ });
	}
});

it("keeps a rotation until it is done", async () => {
	const rotation: PendingRotation = {
		instance: "gpu-1",
		at: "2026-11-23T10:15:00.000Z",
		from: [{ host: "203.0.113.7", port: 40021 }],
		to: endpoint,
		buildId: null,
		changes: [{ file: ".env", what: "VAST_PORT" }],
		restorable: [],
		backup: ".env.bak-20261123T101500.000",
	};
	expect(await readPendingRotation(state, "gpu-1")).toBeUndefined();
	await writePendingRotation(state, rotation);
	expect(await readPendingRotation(state, "gpu-1")).toEqual(rotation);
	await removePendingRotation(state, "gpu-1");
	await removePendingRotation(state, "gpu-1");
	expect(await readPendingRotation(state, "gpu-1")).toBeUndefined();
});

it("trusts one key of each contract, and every instance's at once", async () => {
	await trust(state, vastAlias(812, 1), "ssh-ed25519 AAAA");
	await Promise.all([
		trust(state, vastAlias(812, 2), "ssh-ed25519 BBBB"),
		trust(state, vastAlias(813, 1), "ssh-ed25519 CCCC"),
	]);
	const lines = (await readFile(knownHostsPath(state), "utf8")).trimEnd().split("\n");
	expect(lines.toSorted()).toEqual(["vast-812-g2 ssh-ed25519 BBBB", "vast-813-g1 ssh-ed25519 CCCC"]);
	expect((await stat(knownHostsPath(state))).mode & 0o777).toBe(0o600);
});
