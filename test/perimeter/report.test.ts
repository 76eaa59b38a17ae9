import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/config.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { openInstance } from "../../src/instances/open.ts";
import { perimeterPath } from "../../src/perimeter/perimeter-file.ts";
import { checkPerimeter } from "../../src/perimeter/report.ts";
import { starterPerimeter } from "../../src/perimeter/starter.ts";
import { renderRunSpec } from "../../src/rollout/run-spec.ts";
import { systemClock } from "../../src/system/clock.ts";

const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233", instance_address: "203.0.113.10:17233" }
store: { endpoint: "127.0.0.1:9000", instance_endpoint: "203.0.113.10:9000" }
env: { OLD_URL: "http://203.0.113.10:8100" }
instances:
  gpu-1: { driver: vast, id: 7, key: ./key, roles: [gpu] }
  local: { driver: vast, id: 8, key: ./key, roles: [cpu] }
`;
/** What the container has as cres.yaml gives it. */
const AS_CONFIGURED = { TEMPORAL_ADDRESS: "203.0.113.10:17233", OLD_URL: "http://203.0.113.10:8100" };

let config: Config;
beforeAll(async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-perimeter-"));
	await mkdir(join(directory, "docs"));
	await writeFile(join(directory, "cres.yaml"), yaml);
	const hosts = /\| control +\| control \| - /;
	const text = starterPerimeter().replace(
		hosts,
		"| local | control | floating | |\n| control | control | 203.0.113.10 ",
	);
	await writeFile(perimeterPath(directory), text);
	config = await loadConfig({ directory, environment: {} });
});

async function check(names: string[], running?: Record<string, string>) {
	const never = () => Promise.reject(new Error("only the containers are asked"));
	const { signal } = new AbortController();
	const ports = {
		config,
		clock: systemClock,
		signal,
		note: () => {},
		acceptHostKey: async () => false,
		credential: undefined,
	};
	const open = (name: string) => openInstance({ ...ports, temporal: never, vast: never }, name);
	const instances = await Promise.all(names.map(open));
	const asked = instances.map((one) => ({ ...one, environment: running ? async () => running : never }));
	const rendered = ({ name, settings }: Instance) => renderRunSpec(config, name, settings, {}, false).env;
	return checkPerimeter(asked, { config, rendered, running: running !== undefined });
}

describe("checkPerimeter", () => {
	it("tells once of a port that reaches every instance", async () => {
		const { findings, failed, warned } = await check(["gpu-1", "local"]);
		expect(findings).toMatchObject([
			{ instance: null, rule: "port", file: "cres.yaml", line: 4, value: "203.0.113.10:17233" },
		]);
		expect([failed, warned]).toEqual([0, 1]);
	});

	it("looks at what a container has besides, and not at its secrets", async () => {
		const running = {
			...AS_CONFIGURED,
			OLD_URL: "http://192.168.1.5:8100",
			MINIO_SECRET_KEY: "10.0.0.1:1",
			OTHER_TOKEN: "10.0.0.2:1",
			PUBLIC_IPADDR: "198.51.100.7",
		};
		const { checked, findings, failed } = await check(["gpu-1"], running);
		expect(checked).toEqual([
			{ instance: "gpu-1", plane: "compute", environment: "configured", names: 9 },
			{ instance: "gpu-1", plane: "compute", environment: "running", names: 2 },
		]);
		expect(findings.slice(1)).toMatchObject([
			{ instance: "gpu-1", name: "OLD_URL", rule: "never", file: "container of gpu-1", line: null },
		]);
		expect(failed).toBe(1);
	});

	it("holds an instance on the control plane against no table of addresses", async () => {
		const { checked, failed } = await check(["local"], { A_URL: "http://192.168.1.5" });
		expect(checked.map(({ plane }) => plane)).toEqual(["control", "control"]);
		expect(failed).toBe(0);
	});
});
