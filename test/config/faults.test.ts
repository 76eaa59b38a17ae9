import { describe, expect, it } from "vitest";
import { readConfigText, renderFault } from "../../src/config/faults.ts";

const good = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

const faultsOf = (text: string): string[] => {
	const read = readConfigText(text);
	return "faults" in read ? read.faults.map((fault) => renderFault("cres.yaml", fault)) : [];
};

describe("readConfigText", () => {
	it("fills in the defaults", () => {
		expect(readConfigText(good)).toMatchObject({
			settings: {
				queue: "video-processing",
				rollout: { deploy_timeout: 60_000, drain_timeout: 30_000, watch: 2_000, retain: 3 },
				secrets: ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"],
				instances: {},
			},
		});
	});

	it("names the lines of aliases that stand for nothing", () => {
		const text = `${good}env: &all { A: *none }\nqueue: *later\nsecrets: &later [*later]\n`;
		expect(faultsOf(text)).toEqual([
			"cres.yaml:6 the alias *none has no anchor: there is no &none above it",
			"cres.yaml:7 the alias *later has no anchor: there is no &later above it",
			"cres.yaml:8 the alias *later is inside the value that it refers to",
		]);
	});

	it("takes aliases that stand for something", () => {
		const text = `${good}secrets: [&key MINIO_ACCESS_KEY, *key]\n`;
		expect(readConfigText(text)).toMatchObject({ settings: { secrets: ["MINIO_ACCESS_KEY", "MINIO_ACCESS_KEY"] } });
	});

	it("refuses aliases that multiply without end", () => {
		const levels = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(9)}]\n`);
		expect(faultsOf(`${good}a0: &a0 [x]\n${levels.join("")}`)).toEqual([
			"cres.yaml:1 Excessive alias count indicates a resource exhaustion attack",
		]);
	});

	it("tolerates CRLF and a byte-order mark", () => {
		expect(readConfigText(`\uFEFF${good.replaceAll("\n", "\r\n")}`)).toEqual(readConfigText(good));
	});

	it("reports every fault at once, with line, key, expectation and the nearest key", () => {
		const text = `${good}queue: video@cpu
rollout:
  deploy_timout: 30s
  watch: soon
instances:
  cpu-1:
    driver: docker
    host: 203.0.113.7
    key: ~/.ssh/id
    prot: 22
    roles: [cpu, tpu]
    env:
      MINIO_SECRET_KEY: hunter2
      TEMPORAL_ADRESS: 10.0.0.1:7233
`;
		expect(faultsOf(text)).toMatchInlineSnapshot(`
			[
			  "cres.yaml:6 queue: expected a base name without @cpu or @gpu; found "video@cpu"",
			  "cres.yaml:8 rollout.deploy_timout: unknown key; did you mean deploy_timeout?",
			  "cres.yaml:9 rollout.watch: expected a duration such as 30s or 10m; found "soon"",
			  "cres.yaml:15 instances.cpu-1.prot: unknown key; did you mean port?",
			  "cres.yaml:16 instances.cpu-1.roles.1: expected one of cpu, gpu; found "tpu"",
			  "cres.yaml:18 instances.cpu-1.env.MINIO_SECRET_KEY: a secret must not stand in cres.yaml; put the value into .env and the name under secrets",
			  "cres.yaml:19 instances.cpu-1.env.TEMPORAL_ADRESS: no such name; did you mean TEMPORAL_ADDRESS?",
			]
		`);
	});

	it("F19: tells every fault of an instance whose driver is wrong, and the driver that was probably meant", () => {
		const text = `${good}instances:
  cpu-1: { driver: dokcer, host: 203.0.113.7, key: ~/.ssh/id, roles: [tpu], prot: 22 }
  gpu-1: { driver: nomad, id: 0, key: ~/.ssh/id, roles: [gpu] }
  cpu-2: { host: 203.0.113.8, roles: [cpu] }
`;
		expect(faultsOf(text)).toEqual([
			'cres.yaml:7 instances.cpu-1.driver: expected one of docker, vast; found "dokcer"; did you mean docker?',
			'cres.yaml:7 instances.cpu-1.roles.0: expected one of cpu, gpu; found "tpu"',
			"cres.yaml:7 instances.cpu-1.prot: unknown key; did you mean port?",
			'cres.yaml:8 instances.gpu-1.driver: expected one of docker, vast; found "nomad"',
			"cres.yaml:8 instances.gpu-1.id: too small: expected number to be >=1; found 0",
			"cres.yaml:9 instances.cpu-2.driver: expected one of docker, vast; it is missing",
			"cres.yaml:9 instances.cpu-2.key: expected string; it is missing",
		]);
	});

	it("refuses names that cres sets, with the setting to use instead", () => {
		const text = `${good}env:
  TEMPORAL_NAMESPACE: other
  TEMPORAL_ADDRESS: 203.0.113.10:7233
secrets: [MINIO_ACCESS_KEY, MINIO_BUCKET]
instances:
  cpu-1:
    driver: docker
    host: 203.0.113.7
    key: id
    roles: [cpu]
    env: { WORKER_MODE: gpu, BASE_TASK_QUEUE: elsewhere, TEMPORAL_ADDRESS: "10.0.0.1:7233" }
`;
		expect(faultsOf(text)).toMatchInlineSnapshot(`
			[
			  "cres.yaml:7 env.TEMPORAL_NAMESPACE: cres sets this name itself; use temporal.namespace instead",
			  "cres.yaml:8 env.TEMPORAL_ADDRESS: cres sets this name itself; use temporal.instance_address instead",
			  "cres.yaml:9 secrets: MINIO_BUCKET: cres sets this name itself; use store.bucket instead",
			  "cres.yaml:16 instances.cpu-1.env.WORKER_MODE: cres sets this name itself; use instances.cpu-1.roles instead",
			  "cres.yaml:16 instances.cpu-1.env.BASE_TASK_QUEUE: cres sets this name itself; use queue instead",
			]
		`);
	});

	it("refuses a flag that is neither on nor off", () => {
		const env = 'env: { GPU_PRETEND: maybe, AUTO_REINDEX_ENABLED: "YES", LLAMA_DISABLE: "", PROJECT_FLAG: maybe }';
		expect(faultsOf(`${good}${env}\n`)).toEqual([
			'cres.yaml:6 env.GPU_PRETEND: expected 1, true, yes or on; 0, false, no or off; found "maybe"',
		]);
	});

	it("refuses a key that stands twice", () => {
		expect(faultsOf(`${good}project: other\n`)).toEqual([
			expect.stringMatching(/^cres\.yaml:6 Map keys must be unique/),
		]);
	});

	it("says what is missing", () => {
		expect(faultsOf("project: video\n")).toMatchInlineSnapshot(`
			[
			  "cres.yaml:1 image: expected object; it is missing",
			  "cres.yaml:1 registry: expected object; it is missing",
			  "cres.yaml:1 temporal: expected object; it is missing",
			  "cres.yaml:1 store: expected object; it is missing",
			]
		`);
	});

	it("does not mind an empty file or a list", () => {
		expect(faultsOf("").length).toBeGreaterThan(0);
		expect(faultsOf("- a\n").length).toBeGreaterThan(0);
	});
});
