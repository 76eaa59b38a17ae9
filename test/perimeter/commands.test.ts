import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { PerimeterReport } from "../../src/perimeter/report.ts";
import { perimeterPath } from "../../src/perimeter/perimeter-file.ts";
import { recordEndpoint } from "../../src/state/endpoints.ts";
import { runCres } from "../support/run-cres.ts";
import { ROOT } from "../support/sources.ts";

const own = await readFile(join(ROOT, "docs", "Perimeter.md"), "utf8");
const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal:
  address: "127.0.0.1:7233"
  instance_address: "control.example.net:7233"
store:
  endpoint: "127.0.0.1:9000"
  instance_endpoint: "192.168.1.5:9000"
secrets: [MINIO_ACCESS_KEY, MINIO_SECRET_KEY, DATABASE_URL]
env:
  LLAMA_URL: "http://127.0.0.1:8081"
instances:
  gpu-1: { driver: vast, id: 7, key: ./key, roles: [gpu] }
  gpu-2:
    driver: vast
    id: 8
    key: ./key
    roles: [gpu]
    env: { MINIO_ENDPOINT: "control.example.net:9000" }
`;

let directory: string;
beforeEach(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-perimeter-")));
	await mkdir(join(directory, "docs"));
	await writeFile(perimeterPath(directory), own);
	await writeFile(join(directory, "cres.yaml"), yaml);
	await writeFile(join(directory, ".env"), "A=1\nDATABASE_URL=postgres://ops:sentinel-1@10.0.0.7/db\n");
});
const perimeter = (...args: string[]) => runCres(directory, "perimeter", ...args);

describe("cres perimeter check", () => {
	it("says which address of which line is outside, by which rule, and what to do", async () => {
		const { code, stdout } = await perimeter("check");
		expect(code).toBe(3);
		expect(stdout).toMatchInlineSnapshot(`
			"gpu-1 (compute, configured): 10 names of its environment
			gpu-2 (compute, configured): 10 names of its environment
			✖ cres.yaml:9  gpu-1: MINIO_ENDPOINT names 192.168.1.5:9000, which is never allowed on an instance (LAN) (docs/Perimeter.md:55)
			  → set cres.yaml:9 to the control plane's public address: control.example.net:9000
			✖ .env:2  gpu-1: DATABASE_URL holds an address that is never allowed on an instance (LAN) (docs/Perimeter.md:53)
			  → change DATABASE_URL in .env
			✖ .env:2  gpu-2: DATABASE_URL holds an address that is never allowed on an instance (LAN) (docs/Perimeter.md:53)
			  → change DATABASE_URL in .env
			3 against the perimeter, 0 warnings
			"
		`);
	});

	it("looks at one instance, and passes what keeps to the perimeter", async () => {
		await writeFile(join(directory, ".env"), "");
		const { code, stdout } = await perimeter("check", "gpu-2", "--json");
		expect([code, JSON.parse(stdout)]).toEqual([
			0,
			{
				document: "docs/Perimeter.md",
				checked: [{ instance: "gpu-2", plane: "compute", environment: "configured", names: 9 }],
				...{ findings: [], failed: 0, warned: 0 },
			},
		]);
		expect((await perimeter("check", "gpu-3")).code).toBe(2);
	});

	it("finds endpoints that moved away, and what cannot be read", async () => {
		await writeFile(join(directory, ".env"), "");
		await writeFile(
			perimeterPath(directory),
			own
				.replace("|---|---|---|---|---|\n", (rule) => `${rule}| gpu-1 | ssh7.vast.ai | 26311 | proxy | |\n`)
				.replace("| 7233 |", "| 70000 |"),
		);
		const since = "2026-11-25T10:00:00Z";
		const key = { fingerprint: "SHA256:x", verifiedBy: "log", since } as const;
		await recordEndpoint(join(directory, ".cres", "cres@default"), "gpu-1", {
			...key,
			host: "ssh2.vast.ai",
			port: 27_139,
			via: "proxy",
			generation: 2,
			contract: 7,
		});
		const { code, stdout } = await perimeter("check", "gpu-2", "--json");
		const { findings } = JSON.parse(stdout) as PerimeterReport;
		expect(code).toBe(3);
		expect(findings.map(({ severity, rule, message }) => `${severity} ${rule}: ${message}`)).toMatchInlineSnapshot(`
			[
			  "finding document: "70000" is not a port",
			  "finding endpoint: gpu-1 is written at ssh7.vast.ai:26311 (proxy), and answers at ssh2.vast.ai:27139 (proxy) since generation 2",
			  "warning port: temporal.address has port 7233, which no service of the control plane has",
			  "warning port: temporal.instance_address has port 7233, which no service of the control plane has",
			]
		`);
	});

	it("needs the document", async () => {
		await writeFile(join(directory, "cres.yaml"), yaml);
		const elsewhere = await realpath(await mkdtemp(join(tmpdir(), "cres-perimeter-")));
		await writeFile(join(elsewhere, "cres.yaml"), yaml);
		const { code, stdout } = await runCres(elsewhere, "perimeter", "check", "--json");
		expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "perimeter_missing" } }]);
	});
});

describe("cres perimeter show", () => {
	it("prints every table, and what it cannot read", async () => {
		const { code, stdout } = await perimeter("show");
		expect(code).toBe(0);
		expect(stdout).toMatch(/^Planes\nPLANE +WHERE +RUNS +NEVER RUNS\ncontrol +control host, on the +Temporal, object /);
		await writeFile(perimeterPath(directory), "# Perimeter\r\n\r\n## Ports\r\n");
		const faulty = await perimeter("show");
		expect(faulty.code).toBe(3);
		expect(faulty.stdout).toContain('✖ docs/Perimeter.md:3 no table below the heading "Ports"');
	});

	it("returns the document as data", async () => {
		const { stdout } = await perimeter("show", "--json");
		expect(Object.keys(JSON.parse(stdout) as object)).toEqual([
			...["document", "planes", "hosts", "ports", "allowed", "forbidden", "endpoints", "faults"],
		]);
	});
});
