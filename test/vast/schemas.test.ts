import { describe, expect, it } from "vitest";
import { redact } from "../../src/secrets/secret.ts";
import { endpointOf } from "../../src/vast/endpoint-of.ts";
import { byIdSchema, contractSchema, keysSchema, readAs } from "../../src/vast/schemas.ts";
import { rawContract } from "./platform.ts";

const read = (changes: Record<string, unknown> = {}) => contractSchema.parse(rawContract(7, changes));

describe("an instance object", () => {
	it("becomes a contract: ports as numbers, blanks gone, unread fields left out", () => {
		const { env, ...rest } = read();
		expect(rest).toEqual({
			id: 7,
			machineId: 33307,
			label: "cres/video/gpu-1",
			actual: "running",
			intended: "running",
			statusMessage: "success, running ghcr.io/o/w_sha-abc/ssh",
			image: "ghcr.io/o/w:sha-abc",
			runtype: "ssh ssh_direc ssh_proxy",
			onstart: "true",
			ports: { "22/tcp": 37708 },
			publicIp: "203.0.113.20",
			sshHost: "ssh7.vast.ai",
			sshPort: 37044,
			diskGb: 40.5,
			gpus: 1,
			gpuName: "RTX 4090",
			dphTotal: 0.31,
		});
		expect(env.map(({ name, value }) => [name, value.reveal()])).toEqual([
			["-p 22:22", "1"],
			["MINIO_SECRET_KEY", "sentinel-of-the-store"],
		]);
	});

	it("of a silent host is a contract all the same", () => {
		const silent = contractSchema.parse({ id: 7, ports: null, disk_space: -1, ssh_host: null, actual_status: null });
		expect(silent).toMatchObject({ actual: null, intended: "unknown", ports: {}, diskGb: undefined, sshPort: null });
		expect(silent).toMatchObject({ label: null, image: "", env: [], publicIp: null, gpus: 0 });
	});

	it.each([
		["running", "running"],
		["recycling", "recycling"],
		["offline", "offline"],
		["thriving", "unknown"],
		["", "unknown"],
		[null, null],
	])("in state %s is %s", (actual_status, expected) => {
		expect(read({ actual_status }).actual).toBe(expected);
	});

	it("that is meant to be something new is meant to be unknown", () => {
		expect(read({ intended_status: "paused" }).intended).toBe("unknown");
	});

	it.each([
		["numbers instead of text", { "22/tcp": [{ HostPort: 40_001 }] }, { "22/tcp": 40_001 }],
		["a port that is not mapped", { "22/tcp": null, "80/tcp": [{ HostPort: "9" }] }, { "80/tcp": 9 }],
		["no rows", { "22/tcp": [] }, {}],
		["what is no port", { "22/tcp": [{ HostPort: "" }, { HostPort: "70000" }] }, {}],
		["nothing", {}, {}],
	])("may have ports with %s", (_case, ports, expected) => {
		expect(read({ ports }).ports).toEqual(expected);
	});

	it("hides what is secret by its name, and leaves other text readable", () => {
		const values = read({
			extra_env: [
				["HF_TOKEN", "sentinel-of-hf"],
				["WORKER_INSTANCE_NAME", "instance-with-a-name"],
			],
		});
		const line = "sentinel-of-hf sentinel-of-jupyter instance-with-a-name";
		expect(redact(line)).toBe("[redacted] [redacted] instance-with-a-name");
		expect(JSON.stringify(values.env.map(({ value }) => value))).toBe('["[redacted]","[redacted]"]');
	});
});

describe("the endpoint of a contract", () => {
	it.each([
		["the host's own port first", {}, { host: "203.0.113.20", port: 37708, via: "direct" }],
		["the proxy without ports", { ports: null }, { host: "ssh7.vast.ai", port: 37044, via: "proxy" }],
		["the proxy without an address", { public_ipaddr: " \n" }, { host: "ssh7.vast.ai", port: 37044, via: "proxy" }],
		[
			"the proxy's next port for jupyter",
			{ ports: {}, image_runtype: "jupyter_direc ssh_direc ssh_proxy" },
			{ host: "ssh7.vast.ai", port: 37045, via: "proxy" },
		],
		["none while there is neither", { ports: null, ssh_host: null }, undefined],
	])("is %s", (_case, changes, expected) => {
		expect(endpointOf(read(changes))).toEqual(expected);
	});
});

describe("an answer", () => {
	it.each([
		["one object", rawContract(7), 7],
		["an array of one", [rawContract(7)], 7],
		["null", null, undefined],
		["an empty array", [], undefined],
	])("by id may be %s", (_case, instances, id) => {
		expect(byIdSchema.parse({ instances }).instances?.id).toBe(id);
	});

	it.each([
		["JSON in a string", JSON.stringify([{ id: 1, name: "k", public_key: "ssh-ed25519 AAAA me\n" }])],
		["a list", [{ id: 1, public_key: "ssh-ed25519 AAAA me" }]],
	])("may hold keys as %s", (_case, ssh_keys) => {
		expect(keysSchema.parse({ success: true, ssh_keys }).ssh_keys).toEqual([
			{ id: 1, publicKey: "ssh-ed25519 AAAA me" },
		]);
	});

	it("of another shape is named by its fields, never by their values", () => {
		const instances = rawContract(7, { onstart: 12, extra_env: "sentinel-in-a-place-of-its-own" });
		expect(() => readAs(contractSchema, instances, "a question")).toThrow(
			expect.objectContaining({
				code: "vast_unreadable",
				message: "Vast's answer to a question is not as documented: extra_env, onstart",
			}),
		);
		expect(() => readAs(keysSchema, { ssh_keys: "no json" }, "a question")).toThrow("ssh_keys");
		expect(() => readAs(byIdSchema, undefined, "a question")).toThrow("all of it");
	});
});
