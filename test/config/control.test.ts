import { describe, expect, it } from "vitest";
import { readConfigText } from "../../src/config/faults.ts";
import { renderFault } from "../../src/system/yaml-text.ts";

const good = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
control:
  services:
`;
const faultsOf = (services: string): string[] => {
	const read = readConfigText(`${good}${services}`);
	return "faults" in read ? read.faults.map((fault) => renderFault("cres.yaml", fault)) : [];
};

describe("control.services", () => {
	it("takes each kind, and temporal, store and worker without ready", () => {
		const services = `    temporal: { command: [temporal, server, start-dev] }
    store: { docker: { container: minio } }
    db: { windows_service: postgresql-x64-17, ready: { tcp: "127.0.0.1:5432" }, wait: 2m }
    api: { external: true, ready: { http: "http://127.0.0.1:8000/health" }, after: [temporal, store, db] }
    worker: { command: [node, worker.js], after: [api], runtime_env: true, secrets: { KEY: MINIO_ACCESS_KEY } }
`;
		expect(readConfigText(`${good}${services}`)).toMatchObject({
			settings: { control: { services: { db: { wait: 120_000 }, worker: { runtime_env: true, after: ["api"] } } } },
		});
	});

	it("names a circle, an unknown service and a health that nobody can ask, each with its line", () => {
		expect(
			faultsOf(`    a: { command: [a], ready: { tcp: "127.0.0.1:1" }, after: [b] }
    b:
      command: [b]
      ready: { tcp: "127.0.0.1:2" }
      after: [c]
    c: { command: [c], ready: { tcp: "127.0.0.1:3" }, after: [a, d] }
    e: { command: [e] }
`),
		).toEqual([
			"cres.yaml:8 control.services.a.after: it waits for itself: a → b → c → a",
			"cres.yaml:12 control.services.b.after: it waits for itself: b → c → a → b",
			"cres.yaml:13 control.services.c.after: d is no service; there are a, b, c, e",
			"cres.yaml:13 control.services.c.after: it waits for itself: c → a → b → c",
			"cres.yaml:14 control.services.e: expected ready: how its health is asked; it is missing",
		]);
	});

	it("wants one origin, one way to ask, known keys and no secret in clear", () => {
		expect(
			faultsOf(`    a: { command: [a], external: true, ready: { tcp: "127.0.0.1:1", temporal: true } }
    b: { comand: [b], ready: { http: "ftp://127.0.0.1/" } }
    c: { docker: { container: x, image: y }, ready: { pollers: [tpu] } }
    d: { command: [d], ready: { tcp: "127.0.0.1:4" }, env: { MINIO_SECRET_KEY: abc } }
    Store: { external: true }
`).map((line) => line.replace(/; found .*/, "")),
		).toMatchInlineSnapshot(`
			[
			  "cres.yaml:8 control.services.a.ready: one of temporal, store, tcp, http, pollers",
			  "cres.yaml:8 control.services.a: one of command, docker, backend, windows_service, external",
			  "cres.yaml:9 control.services.b.ready.http: expected an http or https address",
			  "cres.yaml:9 control.services.b.comand: unknown key; did you mean command?",
			  "cres.yaml:9 control.services.b: one of command, docker, backend, windows_service, external",
			  "cres.yaml:10 control.services.c.docker: either container or image",
			  "cres.yaml:10 control.services.c.ready.pollers.0: expected one of cpu, gpu",
			  "cres.yaml:11 control.services.d.env.MINIO_SECRET_KEY: a secret must not stand in cres.yaml; put the value into .env and the name under its secrets",
			  "cres.yaml:12 control.services.Store: expected lower-case letters, digits and -, starting with a letter, at most 31",
			  "cres.yaml:12 control.services.Store: expected ready: how its health is asked; it is missing",
			]
		`);
	});

	it.each([
		["a: { command: node a.js, ready: { store: true } }", 'a.command: expected a list; found "node a.js"'],
		["a: { command: [], ready: { store: true } }", "a.command: expected 1 at least; found []"],
		["store: { external: true, wait: 10 }", "store.wait: expected a duration such as 30s or 10m; found 10"],
		["store: { external: true, secrets: [A] }", 'store.secrets: expected a mapping; found ["A"]'],
		["store: { external: true, env: { A: 1 } }", "store.env.A: expected a text; found 1: put it in quotes"],
	])("is told in plain words what is wrong with %j", (service, message) => {
		expect(faultsOf(`    ${service}\n`)).toEqual([`cres.yaml:8 control.services.${message}`]);
	});

	it("waits for itself alone, and through a service that is no mapping", () => {
		expect(faultsOf(`    a: { command: [a], ready: { tcp: "127.0.0.1:1" }, after: [a] }\n    b: 3\n`)[0]).toBe(
			"cres.yaml:8 control.services.a.after: it waits for itself: a → a",
		);
	});
});

describe("control.disable_tasks", () => {
	const read = (names: string) => readConfigText(good.replace("services:", `disable_tasks: ${names}`));

	it("are those of before the one boot, unless it names others", () => {
		const split = ["CRES-Temporal-8233", "CRES-MinIO-9000", "CRES-FastAPI-8000"];
		expect(readConfigText(good.replace(/control:[^]*/, ""))).toMatchObject({
			settings: { control: { disable_tasks: split } },
		});
		const names = ["\\Ops\\Nightly (old)"];
		expect(read(JSON.stringify(names))).toMatchObject({ settings: { control: { disable_tasks: names } } });
	});

	it.each(["/create", "-x", "", "a\nb", 'a"b'])("takes no %j, which is no name of a task", (name) => {
		expect(read(JSON.stringify([name]))).toMatchObject({
			faults: [{ key: expect.stringContaining("control.disable_tasks") }],
		});
	});
});
