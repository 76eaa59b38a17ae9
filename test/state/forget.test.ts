import { readFile, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import {
	endpointHistory,
	forgetEndpoint,
	recordEndpoint,
	recordedEndpoint,
	type Endpoint,
} from "../../src/state/endpoints.ts";
import { pinHostKey, pinnedHostKey, unpinHostKey } from "../../src/state/host-keys.ts";
import { distrust, knownHostsPath, trust } from "../../src/state/known-hosts.ts";
import { temporaryDirectory } from "./temporary.ts";

let state: string;
beforeEach(async () => {
	state = await temporaryDirectory();
});

describe("of an instance that is removed", () => {
	it("the endpoint goes, and its history stays", async () => {
		const endpoint: Endpoint = {
			...{ host: "203.0.113.7", port: 40022, via: "direct", generation: 1, contract: 812 },
			...{ fingerprint: "SHA256:abc", verifiedBy: "log", since: "2026-11-23T10:15:00.000Z" },
		};
		expect(await forgetEndpoint(state, "gpu-1")).toBe(false);
		for (const name of ["gpu-1", "gpu-2"]) await recordEndpoint(state, name, endpoint);
		expect(await forgetEndpoint(state, "gpu-1")).toBe(true);
		expect(await recordedEndpoint(state, "gpu-1")).toBeUndefined();
		expect(await recordedEndpoint(state, "gpu-2")).toEqual(endpoint);
		expect(await endpointHistory(state, "gpu-1")).toHaveLength(1);
		expect(await forgetEndpoint(state, "gpu-1")).toBe(false);
	});

	it("the pinned host key goes", async () => {
		const pin = { fingerprint: "SHA256:abc", endpoint: "10.0.0.5:22", pinnedAt: "2026-11-23T10:15:00.000Z" };
		expect(await unpinHostKey(state, "cpu-1")).toBe(false);
		for (const name of ["cpu-1", "cpu-2"]) await pinHostKey(state, name, pin);
		expect(await unpinHostKey(state, "cpu-1")).toBe(true);
		expect(await pinnedHostKey(state, "cpu-1")).toBeUndefined();
		expect(await pinnedHostKey(state, "cpu-2")).toEqual(pin);
		expect(await unpinHostKey(state, "cpu-1")).toBe(false);
	});

	it("OpenSSH trusts its keys no more: those of its alias and of every life of its contract", async () => {
		expect(await distrust(state, "gpu-1", 812)).toBe(false);
		const others = ["cres-gpu-10 A", "vast-81-g1 B", "vast-813-g1 C", "my-vast-812-g1 D"];
		const text = ["cres-gpu-1 K", "vast-812-g1 K", "vast-812-g12 K", ...others].join("\n");
		await writeFile(knownHostsPath(state), `${text}\n`);
		expect(await distrust(state, "gpu-3", undefined)).toBe(false);
		expect(await readFile(knownHostsPath(state), "utf8")).toBe(`${text}\n`);
		expect(await distrust(state, "gpu-1", 812)).toBe(true);
		expect(await readFile(knownHostsPath(state), "utf8")).toBe(`${others.join("\n")}\n`);
	});

	it("keys of contracts stay where it has none", async () => {
		await trust(state, "vast-812-g1", "K");
		await trust(state, "cres-cpu-1", "K");
		expect(await distrust(state, "cpu-1", undefined)).toBe(true);
		expect(await readFile(knownHostsPath(state), "utf8")).toBe("vast-812-g1 K\n");
	});
});
