import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rehearsalPerimeter } from "../../rehearsal/perimeter-document.ts";
import { parsePerimeter } from "../../src/perimeter/document.ts";
import { starterPerimeter } from "../../src/perimeter/starter.ts";
import { ROOT } from "../support/sources.ts";

const good = `# Perimeter

Prose stays prose | even so.

## Planes
| Plane | Where | Runs |
|---|---|---|
| control | LAN | Temporal |
| compute | rented | **workers**, \`llama\` |

Planes
------

## Hosts

host | plane | address | colour | what it is
:--- | :---: | ---: | --- | ---
control | control | 203.0.113.10, control.example.net | blue | plain: a VPN
\`gpu-1\` | compute | floating
lan | control | - |

### Not one of ours

| a |
|---|
| b |

## ports

| service | plane | port | reached  from |
|---|---|---|---|
| a \\| b | control | 7233 | control host, instances |
| sshd | compute | as mapped | |

## Allowed on instances
| address | port | why |
|---|---|---|
| *.example.com | 443, 80 | pages |

## Never on instances
| address | why |
|---|---|
| \`10.0.0.0/8\` | LAN |

## Compute endpoints
| instance | host | port | via | tunnel |
|---|---|---|---|---|
| gpu-1 | ssh2.vast.ai | 27139 | proxy | \`ssh -p 27139 root@ssh2.vast.ai\` |

\`\`\`
## Hosts
| host | plane | address |
|---|---|---|
\`\`\``;

const document = {
	planes: [
		{ name: "control", where: "LAN", runs: "Temporal", neverRuns: "", line: 8 },
		{ name: "compute", where: "rented", runs: "workers, llama", neverRuns: "", line: 9 },
	],
	hosts: [
		{
			name: "control",
			plane: "control",
			addresses: ["203.0.113.10", "control.example.net"],
			floating: false,
			what: "plain: a VPN",
			line: 18,
		},
		{ name: "gpu-1", plane: "compute", addresses: [], floating: true, what: "", line: 19 },
		{ name: "lan", plane: "control", addresses: [], floating: false, what: "", line: 20 },
	],
	ports: [
		{ service: "a | b", plane: "control", port: 7233, reachedFrom: ["control host", "instances"], line: 32 },
		{ service: "sshd", plane: "compute", port: null, reachedFrom: [], line: 33 },
	],
	allowed: [{ address: "*.example.com", ports: [443, 80], why: "pages", line: 38 }],
	forbidden: [{ address: "10.0.0.0/8", ports: [], why: "LAN", line: 43 }],
	endpoints: [
		{
			...{ instance: "gpu-1", host: "ssh2.vast.ai", port: 27139, via: "proxy", line: 48 },
			tunnel: "ssh -p 27139 root@ssh2.vast.ai",
		},
	],
	faults: [],
};

describe("parsePerimeter", () => {
	it("reads the tables below its headings, whatever else is there", () => {
		expect(parsePerimeter(good)).toEqual(document);
	});

	it.each([
		["Windows line ends", good.replaceAll("\n", "\r\n")],
		["old line ends", good.replaceAll("\n", "\r")],
		["a byte-order mark", `\uFEFF${good}`],
		["blanks at the ends of lines", good.replaceAll("\n", " \t\n")],
		["a final newline", `${good}\n`],
	])("reads the same with %s", (_name, text) => {
		expect(parsePerimeter(text)).toEqual(document);
	});

	it("names everything that cannot be read, with its line", () => {
		const text = `## Planes
| plane |
|---|
| control |
| control |
| |
## Hosts
| host | plane | address |
|---|---|---|
| a | controll | 300.0.0.1 |
| b
## Ports
none yet
## Allowed on instances
| address | port |
|---|---|
| 10.0.0.0/40 | |
| example.com | 99999 |
## Never on instances
| range |
|---|
| 10.0.0.0/8 |
## Compute endpoints
| instance | host | port |
|---|---|---|
| gpu-1 | ssh2.vast.ai | many |

| instance | host | port |
|---|---|---|
`;
		const { faults, ...rest } = parsePerimeter(text);
		expect(faults.map(({ line, message }) => `${line} ${message}`)).toMatchInlineSnapshot(`
			[
			  "5 plane "control" is in line 4 already",
			  "6 this row has no plane",
			  "10 "300.0.0.1" is not an address or host name; \`floating\` is for changing ones",
			  "10 "controll" is not in the Planes table",
			  "11 "" is not in the Planes table",
			  "12 no table below the heading "Ports"",
			  "17 "10.0.0.0/40" is not an address, range, host name or *.name",
			  "18 "99999" is not a port",
			  "20 the table of "Never on instances" has no column "address"",
			  "26 "many" is not a port",
			  "28 a second table of "Compute endpoints" is ignored: the one of line 24 counts",
			]
		`);
		expect([rest.allowed, rest.forbidden, rest.endpoints]).toEqual([[], [], []]);
	});

	it("says which tables are missing, and needs no endpoints", () => {
		expect(parsePerimeter("").faults.map(({ message }) => message)).toMatchInlineSnapshot(`
			[
			  "no table below the heading "Planes"",
			  "no table below the heading "Hosts"",
			  "no table below the heading "Ports"",
			  "no table below the heading "Allowed on instances"",
			  "no table below the heading "Never on instances"",
			]
		`);
	});

	it("never throws", () => {
		const piece = fc.oneof(
			fc.string(),
			fc.constantFrom(
				"## Hosts\n",
				"| host | plane | address |\n",
				"|---|---|---|\n",
				"| a | b |",
				"\r\n",
				"\r",
				"`",
				"\\|",
				"> ",
				"- ",
			),
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
				const { faults } = parsePerimeter(pieces.join(""));
				expect(faults.every(({ line }) => line >= 1)).toBe(true);
			}),
		);
	});
});

describe("docs/Perimeter.md of cres", () => {
	it("is read without a fault, and names hosts instead of giving addresses", async () => {
		const { faults, planes, hosts, allowed, endpoints, forbidden, ports } = parsePerimeter(
			await readFile(join(ROOT, "docs", "Perimeter.md"), "utf8"),
		);
		expect(faults).toEqual([]);
		expect(planes.map(({ name }) => name)).toEqual(["control", "compute", "build"]);
		expect(
			[...hosts.flatMap(({ addresses }) => addresses), ...allowed.map(({ address }) => address)].filter(isIP),
		).toEqual([]);
		expect(endpoints).toEqual([]);
		expect(forbidden.length).toBeGreaterThan(8);
		expect(ports.filter(({ reachedFrom }) => reachedFrom.includes("instances")).map(({ port }) => port)).toEqual([
			7233, 9000, 8100,
		]);
	});
});

describe("docs/Perimeter.md of a rehearsal", () => {
	it("is read without a fault and allows the gateway at the ports of its parts", () => {
		const ports = { registry: 27_000, temporal: 27_001, store: 27_002, media: 27_003 };
		const read = parsePerimeter(rehearsalPerimeter({ gateway: "10.213.20.1", ports, instances: ["cpu-1", "gpu-1"] }));
		expect(read.faults).toEqual([]);
		expect(read.hosts.map(({ name, floating }) => [name, floating])).toEqual([
			["control", false],
			["cpu-1", true],
			["gpu-1", true],
		]);
		expect(read.allowed.slice(0, 1)).toMatchObject([
			{ address: "10.213.20.1", ports: [27_001, 27_002, 27_000, 27_003] },
		]);
	});
});

describe("docs/Perimeter.md of a new project", () => {
	it("is read without a fault and lacks the control plane's address alone", () => {
		const { faults, hosts, forbidden } = parsePerimeter(starterPerimeter());
		expect(faults).toEqual([]);
		expect(hosts.filter(({ addresses, floating }) => addresses.length === 0 && !floating)).toMatchObject([
			{ name: "control" },
		]);
		expect(forbidden).toHaveLength(13);
	});
});
