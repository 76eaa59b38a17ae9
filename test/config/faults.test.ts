import { describe, expect, it } from "vitest";
import { doubtfulNames } from "../../src/config/doubtful.ts";
import { readConfigText } from "../../src/config/faults.ts";
import { renderFault } from "../../src/system/yaml-text.ts";

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
			"cres.yaml:15 aliases of aliases, from this line on, stand for too many values: write some of them out",
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
`;
		expect(faultsOf(text)).toMatchInlineSnapshot(`
			[
			  "cres.yaml:6 queue: expected a base name without @cpu or @gpu; found "video@cpu"",
			  "cres.yaml:8 rollout.deploy_timout: unknown key; did you mean deploy_timeout?",
			  "cres.yaml:9 rollout.watch: expected a duration such as 30s or 10m; found "soon"",
			  "cres.yaml:15 instances.cpu-1.prot: unknown key; did you mean port?",
			  "cres.yaml:16 instances.cpu-1.roles.1: expected one of cpu, gpu; found "tpu"",
			  "cres.yaml:18 instances.cpu-1.env.MINIO_SECRET_KEY: a secret must not stand in cres.yaml; put the value into .env and the name under secrets",
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
			"cres.yaml:8 instances.gpu-1.id: expected 1 at least; found 0",
			"cres.yaml:9 instances.cpu-2.driver: expected one of docker, vast; it is missing",
			"cres.yaml:9 instances.cpu-2.key: expected a text; it is missing",
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
		const says = (line: number, key: string) =>
			`cres.yaml:${line} the key ${key} stands twice in one mapping: keep one of them`;
		expect(faultsOf(`${good}project: other\n`)).toEqual([says(6, "project")]);
		const several = 'a: 1\n"b c": { x: 1, x: 2 }\na: 3\n"b c": 1\n';
		expect(faultsOf(several).toSorted()).toEqual([says(2, "x"), says(3, "a"), says(4, '"b c"')]);
	});

	it.each([20_000, 3_000])("says once that %i lists in each other are too deep, not how the stack ended", (depth) => {
		const says = "cres.yaml:1 from about this line on it is nested too deeply to be read";
		expect(faultsOf(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`)).toEqual([says]);
	});

	it("says what is missing", () => {
		expect(faultsOf("project: video\n")).toMatchInlineSnapshot(`
			[
			  "cres.yaml:1 image: expected a mapping; it is missing",
			  "cres.yaml:1 registry: expected a mapping; it is missing",
			  "cres.yaml:1 temporal: expected a mapping; it is missing",
			  "cres.yaml:1 store: expected a mapping; it is missing",
			]
		`);
	});

	it("does not mind an empty file or a list", () => {
		expect(faultsOf("").length).toBeGreaterThan(0);
		expect(faultsOf("- a\n").length).toBeGreaterThan(0);
	});

	it("T19: takes anchors, merge keys and sections of the writer's own, as Compose does", () => {
		const text = `x-gpu: &gpu { driver: vast, key: id, roles: [gpu], disk_gb: 80 }
x-more: &more { max_dph: 0.5, disk_gb: 20 }
${good}instances:
  a: { <<: *gpu, id: 1, x-note: mine }
  b: { id: 2, <<: [*gpu, *more], disk_gb: 99 }
  x-c: { <<: *gpu, id: 3 }
rollout: { x-why: because, retain: 4 }
`;
		expect(readConfigText(text)).toMatchObject({
			settings: {
				instances: {
					a: { driver: "vast", id: 1, roles: ["gpu"], disk_gb: 80 },
					b: { id: 2, disk_gb: 99, max_dph: 0.5 },
					"x-c": { id: 3 },
				},
				rollout: { retain: 4 },
			},
		});
		expect(faultsOf(text)).toEqual([]);
	});

	it.each([
		["project: *nope", "cres.yaml:1 the alias *nope has no anchor: there is no &nope above it"],
		["env: { <<: *nope }", "cres.yaml:1 the alias *nope has no anchor: there is no &nope above it"],
		["queue: q\nenv:\n  <<: 5", "cres.yaml:3 << takes a mapping, an alias of one, or a list of them"],
		["a: &a [1]\nqueue: q\nenv: { <<: *a }", "cres.yaml:3 << takes a mapping, an alias of one, or a list of them"],
		["x-a: &a { <<: *a }", "cres.yaml:1 the alias *a is inside the value that it refers to"],
	])("T19: tells the line of what is wrong in %j", (text, fault) => {
		expect(faultsOf(text)).toContain(fault);
	});

	it.each(Object.getOwnPropertyNames(Object.prototype))("T19: knows no key %s, which every object has", (name) => {
		for (const text of [`${name}: { a: 1 }`, `rollout: { ${name}: { a: 1 } }`, `x: &x { ${name}: { a: 1 } }\n<<: *x`])
			expect(faultsOf(`${good}${text}\n`)).toContainEqual(expect.stringContaining(name));
		const instance = `instances: { a: { driver: docker, host: h, key: k, roles: [cpu], ${name}: { a: 1 } } }`;
		expect(faultsOf(`${good}${instance}\n`)).toEqual([expect.stringContaining(name)]);
		expect(faultsOf(`${good}env: { ${name}: x }\n`)).toEqual([expect.stringContaining(name)]);
	});

	it("T19: names the line of a key that would be lost", () => {
		for (const section of ["instances", "env", "x-mine", "control"])
			expect(faultsOf(`${good}${section}:\n  __proto__: { a: 1 }\n`)).toEqual([
				"cres.yaml:7 no key is called __proto__",
			]);
	});

	it.each(["!!js/function x", "!ours { a: 1 }", "!!python/object:a.b {}"])(
		"refuses a tag that it does not know, as in %s",
		(value) => {
			expect(faultsOf(`${good}queue: ${value}\n`)).toEqual([
				expect.stringMatching(/^cres\.yaml:6 a tag that is not known/),
			]);
			expect(faultsOf(`${good}env: { A: !!str 22 }\n`)).toEqual([]);
		},
	);

	it("F68: says in its own words that a file holds one document", () => {
		expect(faultsOf(`${good}---\nqueue: a\n`)).toEqual([
			"cres.yaml:6 a second YAML document begins here: one file holds one; remove the line ---, or what follows it",
		]);
	});

	it("T19: tells the line of a fault in what is merged", () => {
		const text = `${good}x-gpu: &gpu { driver: vast, key: id, roles: [gpu], disk_bg: 80 }\ninstances:\n  a: { <<: *gpu, id: 1 }\n`;
		expect(faultsOf(text)).toEqual(["cres.yaml:8 instances.a.disk_bg: unknown key; did you mean disk_gb?"]);
	});

	it.each([
		["env: { COUNTRY: no, ANSWER: yes, SWITCH: off, DAY: 2026-11-29, VERSION: 1.2.3 }", []],
		["env: { A: 022 }", ["cres.yaml:6 env.A: expected a text; found 22: put it in quotes"]],
		["env: { A: true }", ["cres.yaml:6 env.A: expected a text; found true: put it in quotes"]],
		["env: { A: }", ["cres.yaml:6 env.A: expected a text; found null"]],
		["rollout:\n\tretain: 3", [expect.stringMatching(/^cres\.yaml:7 Tabs are not allowed as indentation/)]],
		["queue: a\nqueue: b", [expect.stringMatching(/^cres\.yaml:7 the key queue stands twice/)]],
		["---\nqueue: a", [expect.stringMatching(/^cres\.yaml:6 .*document/)]],
		["env: { A: 'no }", [expect.stringMatching(/^cres\.yaml:\d+ /), expect.anything()]],
	])("F68: %j", (text, faults) => {
		expect(faultsOf(`${good}${text}\n`)).toEqual(faults);
	});

	it("F68: strings stay strings", () => {
		const read = readConfigText(`${good}env: { COUNTRY: no, DAY: 2026-11-29, ZERO: "022" }\n`);
		expect(read).toMatchObject({ settings: { env: { COUNTRY: "no", DAY: "2026-11-29", ZERO: "022" } } });
	});

	it("M32: takes names of the project's own, however near they come to one of ours", () => {
		const env = "{ MODE: x, MODEL: y, NODES: '2', API_PORTS: '1', SORT_KEY: k, MONKEY: m, TEMPORAL_ADRESS: a }";
		const read = readConfigText(`${good}env: ${env}\n`);
		if ("faults" in read) throw new Error(read.faults.map(({ message }) => message).join());
		expect(doubtfulNames(read.settings)).toEqual([
			"env.API_PORTS is not read by cres; API_PORT is",
			"env.SORT_KEY looks like a secret, and is shown wherever settings are",
			"env.TEMPORAL_ADRESS is not read by cres; TEMPORAL_ADDRESS is",
		]);
	});
});
