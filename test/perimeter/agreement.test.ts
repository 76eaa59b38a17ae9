import { describe, expect, it } from "vitest";
import type { InstanceConfig } from "../../src/config/schema.ts";
import { checkEndpoints, checkServicePorts } from "../../src/perimeter/agreement.ts";
import type { Endpoint } from "../../src/state/endpoints.ts";

const vast: InstanceConfig = { driver: "vast", id: 7, user: "root", key: "k", roles: ["gpu"], env: {}, disk_gb: 40 };
const docker: InstanceConfig = {
	...{ driver: "docker", host: "203.0.113.7", port: 22, user: "root", key: "k", roles: ["cpu"], env: {} },
	docker_socket: "/var/run/docker.sock",
};
const endpoint: Endpoint = {
	...{ host: "203.0.113.20", port: 40_111, via: "direct", generation: 4, contract: 7 },
	...{ fingerprint: "SHA256:x", verifiedBy: "log", since: "2026-11-25T10:00:00Z" },
};
const row = { instance: "gpu-1", host: "203.0.113.20", port: 40_111, via: "direct", tunnel: "", line: 50 };

describe("checkEndpoints", () => {
	const check = (rows: (typeof row)[], recorded: Record<string, Endpoint> = { "gpu-1": endpoint }) =>
		checkEndpoints({ endpoints: rows }, { "gpu-1": vast, "cpu-1": docker }, recorded).map(
			({ severity, file, line, message, fix }) => `${severity} ${file}:${line} ${message} → ${fix}`,
		);

	it.each([
		["says what is on record", row],
		["leaves out by which way", { ...row, via: "" }],
		["is one of a docker host, which has no record", { ...row, instance: "cpu-1" }],
	])("passes a row that %s", (_what, one) => {
		expect(check([row, one])).toEqual([]);
	});

	it("finds a row of an endpoint that is gone, and one that is missing", () => {
		expect([...check([{ ...row, port: 26_311 }]), ...check([{ ...row, via: "proxy" }]), ...check([])])
			.toMatchInlineSnapshot(`
			[
			  "finding docs/Perimeter.md:50 gpu-1 is written at 203.0.113.20:26311 (direct), and answers at 203.0.113.20:40111 (direct) since generation 4 → cres endpoint rotate gpu-1",
			  "finding docs/Perimeter.md:50 gpu-1 is written at 203.0.113.20:40111 (proxy), and answers at 203.0.113.20:40111 (direct) since generation 4 → cres endpoint rotate gpu-1",
			  "finding docs/Perimeter.md:null gpu-1 answers at 203.0.113.20:40111 (direct) and has no row of endpoints → cres endpoint rotate gpu-1",
			]
		`);
	});

	it("warns of a row that nothing stands behind", () => {
		expect([...check([row], {}), ...check([row, { ...row, instance: "gone-1" }])]).toMatchInlineSnapshot(`
			[
			  "warning docs/Perimeter.md:50 no endpoint of gpu-1 is on record → cres endpoint discover gpu-1",
			  "warning docs/Perimeter.md:50 no instance of cres.yaml is called gone-1 → remove docs/Perimeter.md:50",
			]
		`);
	});
});

describe("checkServicePorts", () => {
	const ports = [
		{ service: "Temporal gRPC", plane: "control", port: 7233, reachedFrom: [], line: 1 },
		{ service: "llama", plane: "compute", port: 8081, reachedFrom: [], line: 2 },
	];
	const place = (path: readonly string[]) => ({ file: "cres.yaml", line: path.length });
	const check = (temporal: object, endpoint: string) =>
		checkServicePorts(
			{ ports },
			{
				temporal: { address: "127.0.0.1:7233", namespace: "default", ...temporal },
				store: { endpoint, secure: false, bucket: "cres", path_style: true },
			},
			place,
		);

	it("passes what the table of ports has", () => {
		expect(check({ instance_address: "[::1]:7233" }, "127.0.0.1:7233")).toEqual([]);
	});

	it("warns of what no service of the control plane has", () => {
		expect(check({ instance_address: "203.0.113.10:17233" }, "127.0.0.1:8081")).toMatchObject([
			{
				...{ severity: "warning", rule: "port", file: "cres.yaml", line: 2, name: "temporal.instance_address" },
				message: "temporal.instance_address has port 17233, which no service of the control plane has",
			},
			{ severity: "warning", name: "store.endpoint", value: "127.0.0.1:8081" },
		]);
	});
});
