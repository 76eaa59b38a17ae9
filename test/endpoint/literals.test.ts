import { describe, expect, it } from "vitest";
import { literalsOf } from "../../src/endpoint/literals.ts";
import { retargetTunnels } from "../../src/endpoint/tunnels.ts";

const present = { host: "203.0.113.9", port: 41_009 };
const gone = { host: "ssh5.vast.ai", port: 11_319 };
const find = (text: string, stale = [gone], others: (typeof gone)[] = []) =>
	literalsOf(stale, present, others)
		.find(text)
		.map(({ line, literal }) => `${line} ${literal}`);

describe("a literal of an earlier endpoint", () => {
	it.each([
		["at ssh5.vast.ai:11319", "1 ssh5.vast.ai:11319"],
		["the host ssh5.vast.ai.", "1 ssh5.vast.ai"],
		["root@SSH5.VAST.AI", "1 ssh5.vast.ai"],
		["ssh -p 11319 root@$VAST_HOST", "1 port 11319"],
		["scp -P 11319 a root@<host>:", "1 port 11319"],
		["ssh -p11319 box", "1 port 11319"],
		["port: 11319", "1 port 11319"],
		['"port": 11319,', "1 port 11319"],
		["VAST_PORT=11319", "1 port 11319"],
		["SSH_PORT = '11319'", "1 port 11319"],
		["export VAST_PORT_GPU_1=11319", "1 port 11319"],
		["  Port 11319", "1 port 11319"],
		["ssh -p 11319 -L 8080:127.0.0.1:8080 root@$HOST", "1 port 11319"],
		["ssh -p 11319 root@203.0.113.9.", "1 port 11319"],
		["const sshPort = 11319;", "1 port 11319"],
		["a\r\nb\r\nssh5.vast.ai", "3 ssh5.vast.ai"],
		["a\rssh5.vast.ai", "2 ssh5.vast.ai"],
	])("is found in %j", (text, expected) => {
		expect(find(text)).toEqual([expected]);
	});

	it.each([
		"xssh5.vast.ai",
		"ssh5.vast.ai.example.com",
		"my-ssh5.vast.ai",
		"ssh50.vast.ai",
		"11319 bytes",
		"important 11319",
		"port: 113190",
		"port: 11319.5",
		"ssh -p 11319 root@other.example.com",
		"http://192.0.2.1/ port=11319",
		"203.0.113.9:41009",
	])("is not found in %j", (text) => {
		expect(find(text)).toEqual([]);
	});

	it("is both together, no matter who else has one of them", () => {
		const others = [
			{ host: "ssh5.vast.ai", port: 22_222 },
			{ host: "198.51.100.1", port: 11_319 },
		];
		const text = "ssh5.vast.ai\nport: 11319\nssh -p 11319 root@ssh5.vast.ai\nssh5.vast.ai:22222";
		expect(find(text, [gone], others)).toEqual(["3 ssh5.vast.ai:11319"]);
	});

	it("is the port alone when the host stayed, but not a port that services have", () => {
		const moved = [
			{ host: "203.0.113.9", port: 40_001 },
			{ host: "203.0.113.9", port: 22 },
		];
		expect(find("203.0.113.9\nport: 40001\nport: 22\n203.0.113.9:22", moved)).toEqual([
			"2 port 40001",
			"4 203.0.113.9:22",
		]);
	});

	it("is no address that every machine has, and no ordinary word", () => {
		const local = [
			{ host: "127.0.0.1", port: 40_001 },
			{ host: "gpu", port: 40_002 },
		];
		expect(find("127.0.0.1\ngpu\n127.0.0.1:40001\nssh -p 40002 gpu", local)).toEqual([
			"3 127.0.0.1:40001",
			"4 gpu:40002",
		]);
	});

	it("is nothing when there is no earlier endpoint", () => {
		expect(find("anything", [])).toEqual([]);
	});
});

describe("an ssh command", () => {
	const to = (text: string) => retargetTunnels(text, [gone], present).text;

	it("that names the earlier host and port is pointed to the present ones, the rest of it kept", () => {
		expect(to("a\r\n`ssh -p 11319 root@ssh5.vast.ai -L 8080:localhost:8080`\r\n")).toBe(
			"a\r\n`ssh -p 41009 root@203.0.113.9 -L 8080:localhost:8080`\r\n",
		);
		expect(to("ssh.exe -N root@ssh5.vast.ai -o Port=11319")).toBe("ssh.exe -N root@203.0.113.9 -o Port=41009");
		expect(retargetTunnels("x\nssh -p 11319 root@ssh5.vast.ai", [gone], present).lines).toEqual([2]);
	});

	it.each([
		"ssh -p 11319 root@other",
		"ssh -p 22 root@ssh5.vast.ai",
		"curl -p 11319 ssh5.vast.ai",
		"-p 11319 root@ssh5.vast.ai",
		"ssh -p 41009 root@203.0.113.9",
	])("stays: %s", (text) => {
		expect(to(text)).toBe(text);
	});
});
