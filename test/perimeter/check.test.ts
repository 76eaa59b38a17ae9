import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rehearsalPerimeter } from "../../rehearsal/perimeter-document.ts";
import { checkEnvironment, type EnvironmentValue } from "../../src/perimeter/check.ts";
import { parsePerimeter } from "../../src/perimeter/document.ts";
import { ROOT } from "../support/sources.ts";

/** The document of cres, as a deployment with a public address would have it. */
const own = (await readFile(join(ROOT, "docs", "Perimeter.md"), "utf8"))
	.replace("| control | control | `control.example.net`", "| control | control | 203.0.113.10, control.example.net")
	.replace(
		"| address | port | why |\n|---|---|---|\n",
		(table) => `${table}| 172.16.5.5 | 81 | VPN |\n| *.example.org | | pages |\n`,
	);
const document = parsePerimeter(own);
const lineOf = (start: string): number => own.split("\n").findIndex((line) => line.startsWith(start)) + 1;

const at = { file: "cres.yaml", line: 12 };
const check = (name: string, value: string, more: Partial<EnvironmentValue> = {}) =>
	checkEnvironment(document, [{ name, value, at, ...more }], "compute");

describe("checkEnvironment", () => {
	it.each([
		["the control plane's address at a port for instances", "TEMPORAL_ADDRESS", "203.0.113.10:7233"],
		["its name", "MINIO_ENDPOINT", "control.example.net:9000"],
		["its logical name", "REINDEX_URL", "http://control:8100/admin/reindex"],
		["it without a port", "CONTROL_HOST", "203.0.113.10"],
		["a service of the compute plane on loopback", "LLAMA_URL", "http://127.0.0.1:8081/health"],
		["the compute API by name", "API_URL", "http://localhost:8100"],
		["a wildcard to bind to", "API_BIND", "0.0.0.0:8100"],
		["what is allowed explicitly, inside a range that never is", "PEER", "172.16.5.5:81"],
		["a name below an allowed one", "PAGES_URL", "https://www.example.org"],
		["what is reached without a proxy", "NO_PROXY", "localhost,127.0.0.1,10.0.0.0/8"],
		["no address", "WORKER_MODE", "both"],
	])("passes %s", (_what, name, value) => {
		expect(check(name, value)).toEqual([]);
	});

	it("F20: says what answers on loopback, and where nothing does", () => {
		const reason = (ports: typeof document.ports) =>
			checkEnvironment({ ...document, ports }, [{ name: "A_URL", value: "127.0.0.1:7233", at }], "compute")[0]!.message;
		const own = document.ports.filter(({ plane, port }) => plane === "compute" && port !== null);
		const [one, two] = own.map(({ port, service }) => `${port} (${service})`);
		const loopback = "A_URL names 127.0.0.1:7233, which is the instance itself, where";
		expect(reason([])).toBe(`${loopback} nothing answers`);
		expect(reason(own.slice(0, 1))).toBe(`${loopback} only ${one} answers`);
		expect(reason(own.slice(0, 2))).toBe(`${loopback} only ${one} and ${two} answer`);
	});

	it("names an address that is never allowed, with its place, the rule's line and the address to take instead", () => {
		const { hosts, ...rest } = document;
		const single = { ...rest, hosts: hosts.map((host) => ({ ...host, addresses: host.addresses.slice(0, 1) })) };
		expect(checkEnvironment(single, [{ name: "MINIO_ENDPOINT", value: "192.168.1.5:9000", at }], "compute")).toEqual([
			{
				severity: "finding",
				rule: "never",
				ruleLine: lineOf("| `192.168.0.0/16`"),
				...{ file: "cres.yaml", line: 12, name: "MINIO_ENDPOINT", value: "192.168.1.5:9000" },
				message: "MINIO_ENDPOINT names 192.168.1.5:9000, which is never allowed on an instance (LAN)",
				fix: "set cres.yaml:12 to the control plane's public address: 203.0.113.10:9000",
			},
		]);
	});

	it.each([
		["10.1.2.3:7233", "never", lineOf("| `10.0.0.0/8`")],
		["100.100.1.1:7233", "never", lineOf("| `100.64.0.0/10`")],
		["http://[fd00::1]:80", "never", lineOf("| `fc00::/7`")],
		["http://169.254.169.254/latest", "never", lineOf("| `169.254.0.0/16`")],
		["huihuang:7233", "never", lineOf("| `huihuang`")],
		["http://host.docker.internal:80", "never", lineOf("| `*.internal`")],
		["172.16.5.5:82", "never", lineOf("| `172.16.0.0/12`")],
		["127.0.0.1:7233", "loopback", lineOf("| `127.0.0.0/8`")],
		["localhost", "loopback", lineOf("| `localhost`")],
		["http://[::ffff:127.0.0.1]:7233", "loopback", lineOf("| `127.0.0.0/8`")],
		["0.0.0.0:7233", "loopback", null],
		["198.51.100.1:7233", "unlisted", null],
		["https://example.org", "unlisted", null],
		["203.0.113.10:8233", "port", lineOf("| Temporal UI")],
	])("finds %s (%s)", (value, rule, ruleLine) => {
		expect(check("SOME_URL", value)).toMatchObject([{ severity: "finding", rule, ruleLine, ...at }]);
	});

	it("says who reaches a service that instances do not, and warns of a port that nobody has", () => {
		const texts = [...check("A_URL", "http://203.0.113.10:8233"), ...check("A_URL", "http://203.0.113.10:4")];
		expect(texts.map(({ severity, message, fix }) => [severity, message, fix])).toEqual([
			[
				"finding",
				"A_URL names 203.0.113.10:8233, which is Temporal UI of control, reached from LAN only",
				"correct cres.yaml:12; instances reach 7233, 9000, 8100 of the control plane",
			],
			[
				"warning",
				"A_URL names 203.0.113.10:4, which is control at a port that no service has",
				"correct cres.yaml:12; instances reach 7233, 9000, 8100 of the control plane",
			],
		]);
	});

	it("shows nothing of a secret, and only the address of anything else", () => {
		const value = "postgres://ops:hunter2@192.168.1.5/db";
		const secret = check("DATABASE_URL", value, { secret: true, at: { file: ".env", line: 3 } });
		expect(secret).toMatchObject([{ rule: "never", value: "[redacted]", file: ".env", line: 3 }]);
		expect(JSON.stringify(secret)).not.toMatch(/hunter2|ops|192\.168\.1/);
		expect(JSON.stringify(check("DATABASE_URL", value))).not.toMatch(/hunter2|ops|\/db/);
	});

	it("holds no table of addresses against another plane", () => {
		expect(checkEnvironment(document, [{ name: "A_URL", value: "http://192.168.1.5", at }], "control")).toEqual([]);
	});

	it("passes the gateway of a rehearsal at its parts' ports, and nothing else of its range", () => {
		const ports = { registry: 27_000, temporal: 27_001, store: 27_002, media: 27_003 };
		const rehearsed = parsePerimeter(rehearsalPerimeter({ gateway: "10.213.20.1", ports, instances: ["cpu-1"] }));
		const rules = (value: string) =>
			checkEnvironment(rehearsed, [{ name: "A_URL", value, at }], "compute").map(({ rule }) => rule);
		expect(["10.213.20.1:27001", "http://10.213.20.1:27003/a.mp4"].flatMap(rules)).toEqual([]);
		expect(["10.213.20.2:27001", "10.213.20.1:9", "127.0.0.1:27001"].flatMap(rules)).toEqual([
			"never",
			"never",
			"loopback",
		]);
	});
});
