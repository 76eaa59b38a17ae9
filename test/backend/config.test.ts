import { describe, expect, it } from "vitest";
import { readBackendText, renderFaults } from "../../src/backend/config.ts";
import { homesOf, instancesOf } from "../../src/backend/layout.ts";
import { modulesOf, type BackendSettings } from "../../src/backend/settings.ts";
import { SEED } from "./seed.ts";

function settings(text: string): BackendSettings {
	const read = readBackendText(text);
	if ("faults" in read) throw new Error(renderFaults("backend.yaml", read.faults));
	return read.settings;
}
function faults(text: string): string[] {
	const read = readBackendText(text);
	return "faults" in read ? renderFaults("backend.yaml", read.faults).split("\n") : [];
}

describe("the seed's file", () => {
	it("is read as it is written", () => {
		const seed = settings(SEED);
		expect(seed.nginx).toMatchObject({ port: 8000, host: "127.0.0.1", worker_processes: 1 });
		expect(instancesOf(seed)).toEqual([
			{ name: "broker-0", server: "broker", port: 8001, modules: ["core", "broker"], reload: true },
			{ name: "datafeed-0", server: "datafeed", port: 8002, modules: ["core", "datafeed"], reload: true },
		]);
		expect([...homesOf(seed)]).toEqual([
			["core", "broker"],
			["broker", "broker"],
			["datafeed", "datafeed"],
		]);
	});

	it("may have the ends of lines and the mark of Windows", () => {
		expect(settings(`\uFEFF${SEED.replaceAll("\n", "\r\n")}`)).toEqual(settings(SEED));
	});
});

describe("a backend's file", () => {
	it("has core on each server, and consecutive ports", () => {
		const read = settings("nginx: { port: 1 }\nservers: { a: { port: 8001, instances: 3, modules: [b, b] } }");
		expect(modulesOf(read.servers["a"]!)).toEqual(["core", "b"]);
		expect(instancesOf(read).map(({ name, port }) => `${name}:${port}`)).toEqual(["a-0:8001", "a-1:8002", "a-2:8003"]);
	});

	it("may use anchors and merges", () => {
		const read = settings(
			"nginx: { port: 1 }\nservers:\n  a: &a { port: 2, env: { X: y } }\n  b: { <<: *a, port: 3 }\n",
		);
		expect(read.servers["b"]).toMatchObject({ port: 3, env: { X: "y" } });
	});

	it("is told all its faults at once, each with its line", () => {
		const text = `api_base_url: api
nginx:
  port: 0
  worker_threads: 4
servers:
  broker:
    port: 8001
    instances: 3
    modules: [core, broker]
  datafeed:
    port: 8003
    modules: [datafeed, broker]
    command: "uvicorn app; rm -rf /"
  Wrong: { port: 9000 }
  last: { port: 65535, instances: 2 }
websocket:
  routing_strategy: header
websocket_routes:
  broker: brokr
  quotes: broker
  datafeed: broker
`;
		expect(faults(text)).toMatchInlineSnapshot(`
			[
			  "backend.yaml:1 api_base_url: expected a path such as /api/v1; found "api"",
			  "backend.yaml:3 nginx.port: expected a port from 1 to 65535; found 0",
			  "backend.yaml:4 nginx.worker_threads: unknown key",
			  "backend.yaml:11 servers.datafeed.port: port 8003 overlaps the range 8001 to 8003 of broker",
			  "backend.yaml:12 servers.datafeed.modules: the module broker is on broker already; more processes of a server are its instances",
			  "backend.yaml:13 servers.datafeed.command: expected a list of words, or one line without quotes and signs of a shell; found "uvicorn app; rm -rf /"",
			  "backend.yaml:14 servers.Wrong: expected a lower-case letter, then letters, digits, _ or -, 31 at most",
			  "backend.yaml:15 servers.last.port: its instances reach up to port 65536; 65535 is the last one",
			  "backend.yaml:17 websocket.routing_strategy: expected one of path, query_param; found "header"",
			  "backend.yaml:19 websocket_routes.broker: there is no server brokr; did you mean broker?",
			  "backend.yaml:20 websocket_routes.quotes: the server broker has no module quotes; no server has it",
			  "backend.yaml:21 websocket_routes.datafeed: the server broker has no module datafeed; it is on datafeed",
			]
		`);
	});

	it.each([
		["no servers", "nginx: { port: 1 }\nservers: {}\n"],
		["nothing", ""],
		["a list", "- a\n"],
		["tabs", "nginx:\n\tport: 1\n"],
		["duplicate keys", "nginx: { port: 1 }\nservers:\n  a: { port: 2 }\n  a: { port: 3 }\n"],
		["an alias of nothing", "nginx: { port: 1 }\nservers:\n  a: *b\n"],
		["a port of the gateway on a server", "nginx: { port: 8002 }\nservers: { a: { port: 8001, instances: 2 } }"],
	])("with %s is refused", (_, text) => {
		expect(faults(text)).toMatchSnapshot();
	});

	it.each([
		["a: &a { port: *a }", "the alias *a is inside the value that it refers to"],
		["a: { <<: 3, port: 2 }", "<< takes a mapping, an alias of one, or a list of them"],
	])("is told the line of what refers wrongly: %s", (server, message) => {
		expect(faults(`nginx: { port: 1 }\nservers:\n  ${server}\n`)).toEqual([`backend.yaml:3 ${message}`]);
	});

	it.each([
		["nginx: { port: 1.5 }", "nginx.port: expected a whole number; found 1.5"],
		['nginx: { port: 1, program: "" }', 'nginx.program: expected a text that is not empty; found ""'],
		["nginx: { port: 1, worker_connections: 1 }", "nginx.worker_connections: expected 16 at least; found 1"],
		["nginx: { port: 1, read_timeout: 9999 }", "nginx.read_timeout: expected 3600 at most; found 9999"],
		["nginx: { port: 1, __proto__: { a: 1 } }", "no key is called __proto__"],
		["api_base_url: 7\nnginx: { port: 1 }", "api_base_url: expected a text; found 7: put it in quotes"],
	])("is told in plain words what is wrong with %j", (text, message) => {
		expect(faults(`${text}\nservers: { a: { port: 2 } }\n`)).toEqual([`backend.yaml:1 ${message}`]);
	});

	it.each([
		['a: { port: "2" }', 'servers.a.port: expected a number; found "2"'],
		[
			"a: { port: 2, command: '  ' }",
			'servers.a.command: expected a list of words, or one line without quotes and signs of a shell; found "  "',
		],
		[
			"a: { port: 2, env: { A-B: x } }",
			"servers.a.env.A-B: expected the name of a variable: letters, digits and _, no digit first",
		],
		["a: { port: 2, env: { A: 1 } }", "servers.a.env.A: expected a text; found 1: put it in quotes"],
		["__proto__: { port: 2 }\n  a: { port: 3 }", "no key is called __proto__"],
	])("is told in plain words what is wrong with the server %j", (server, message) => {
		expect(faults(`nginx: { port: 1 }\nservers:\n  ${server}\n`)).toEqual([`backend.yaml:3 ${message}`]);
	});

	it("is one document", () => {
		expect(faults("nginx: { port: 1 }\n---\nservers: {}\n")).toEqual([
			"backend.yaml:2 a second YAML document begins here: one file holds one; remove the line ---, or what follows it",
		]);
	});

	it("may be a section of cres.yaml, whose faults have the lines of that file", () => {
		const indented = SEED.replaceAll(/^(?=.)/gm, "    ");
		expect(settings(`project: video\nbackend:\n${indented}`)).toEqual(settings(SEED));
		const wrong = "project: video\nbackend:\n    nginx: { port: 0 }\n    servers: { a: { port: 1, b: 2 } }\n";
		expect(faults(wrong)).toEqual([
			"backend.yaml:3 backend.nginx.port: expected a port from 1 to 65535; found 0",
			"backend.yaml:4 backend.servers.a.b: unknown key",
		]);
		expect(faults("project: video\nbackend:\n")).toEqual(["backend.yaml:2 backend: expected a mapping; found null"]);
	});

	it("cannot make a few lines expand to millions", () => {
		const bomb = Array.from({ length: 12 }, (_, at) => `l${at}: &l${at} [${`*l${at - 1},`.repeat(9)}]`);
		const text = ["l: &l-1 [x]", ...bomb.map((line) => line.replaceAll("*l-1", "*l-1"))].join("\n");
		expect(faults(text)[0]).toContain("backend.yaml:13 ");
	});
});
