import { describe, expect, it } from "vitest";
import { removeDockerNetwork, rulesWithoutDocker } from "../../rehearsal/leftovers.ts";
import type { Shell } from "../../src/system/shell.ts";

it("takes Docker's chains and rules out of a firewall and leaves the others", () => {
	const saved = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.9.0.0/24 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:INPUT ACCEPT [3:180]
:FORWARD DROP [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-USER - [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;
	expect(rulesWithoutDocker(saved, "ACCEPT")).toBe(`*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.9.0.0/24 -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [3:180]
:FORWARD ACCEPT [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
`);
});

describe("A18: what is not Docker's", () => {
	const table = (...lines: string[]) => [
		"*filter",
		":INPUT ACCEPT [0:0]",
		":FORWARD DROP [0:0]",
		...lines,
		"COMMIT",
		"",
	];
	const kept = (lines: string[], before: string[] = []) =>
		rulesWithoutDocker(table(...lines).join("\n"), "DROP", table(...before).join("\n"))
			.split("\n")
			.filter((line) => lines.includes(line));

	it.each([
		'-A INPUT -p tcp -m comment --comment "for the DOCKER host, via docker0" -j ACCEPT',
		"-A INPUT -m comment --comment docker0 -j ACCEPT",
		"-A INPUT -i docker01 -j ACCEPT",
		":DOCKERS - [0:0]",
		"-A FORWARD -j MY-DOCKER-RULES",
	])("stays, although it names it: %s", (line) => {
		expect(kept([line])).toEqual([line]);
	});

	it("stays when it was there before the daemon, whatever it looks like", () => {
		const own = [":DOCKER-OLD - [3:4]", "-A INPUT -i docker0 -j ACCEPT", "-A FORWARD -j DOCKER-OLD"];
		const of = ["-A FORWARD -i docker0 -j ACCEPT", "-A FORWARD -j DOCKER"];
		expect(kept([...own, ":DOCKER - [0:0]", ...of], [":DOCKER-OLD - [0:0]", ...own.slice(1)])).toEqual(own);
	});

	it("stays in the chain that is for people, with its chain", () => {
		const chain = [":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER"];
		const rule = "-A DOCKER-USER -s 192.0.2.0/24 -j DROP";
		expect(kept([...chain, rule, ":DOCKER - [0:0]"])).toEqual([...chain, rule]);
		expect(kept([...chain, "-A DOCKER-USER -j RETURN"])).toEqual([]);
	});
});

it.each([
	["is taken away", "", ["ip link delete docker0"]],
	["stays where it was before", "*filter\n-A FORWARD -o docker0 -j ACCEPT\nCOMMIT\n", []],
])("Docker's bridge %s", async (_, rules, expected) => {
	const ran: string[] = [];
	const run: Shell["run"] = async (file, args) => {
		ran.push([file, ...args].join(" "));
		return { exitCode: 0, stdout: "", stderr: "" };
	};
	await removeDockerNetwork({ run } as Shell, { policy: "ACCEPT", rules });
	expect(ran.filter((one) => one.startsWith("ip "))).toEqual(expected);
});
