import { describe, expect, it } from "vitest";
import { readConfigText } from "../../src/config/faults.ts";
import { addressFrom } from "../../src/endpoint/address.ts";
import { loginHost, loginUser } from "../../src/instances/ssh/login.ts";
import { bareHost, hostAndPort, isHost, isLoopback, splitHostAndPort } from "../../src/system/hosts.ts";

const HOSTS = ["gpu", "gpu.example.com", "gpu_1.local.", "203.0.113.7", "fd00::5", "[fd00::5]", "fe80::1%eth0", "::1"];
const NO_HOSTS = [
	"-oProxyCommand=id",
	"",
	"a b",
	"a;b",
	"$(id)",
	"a/b",
	"ops@gpu",
	"[fd00::5",
	"fd00::5]",
	"a\nb",
	"gpu-",
];
const USERS = ["root", "ops", "_apt", "ops.1", "ops@example.com", "machine$", "0x", "CORP\\ops", "corp.example\\ops.1"];
const NO_USERS = [
	"-oProxyCommand=id",
	"",
	"a b",
	"a;id",
	"$(id)",
	"`id`",
	"a\nb",
	"-l",
	"x".repeat(66),
	"\\ops",
	"CORP\\",
	"CORP\\-l",
	"a\\b\\c",
];

const yaml = (host: string, user: string, temporal = "127.0.0.1:7233", store = "127.0.0.1:9000") => `project: p
image: { repository: o/w }
registry: { push: { address: ghcr.io } }
temporal: { address: ${JSON.stringify(temporal)} }
store: { endpoint: ${JSON.stringify(store)} }
instances:
  a: { driver: docker, host: ${JSON.stringify(host)}, user: ${JSON.stringify(user)}, key: k, roles: [cpu] }
`;
const read = (...given: Parameters<typeof yaml>) => readConfigText(yaml(...given));

describe("A5: a host to log in to", () => {
	it.each(HOSTS)("may be %s", (host) => {
		expect(loginHost("a", host)).toBe(bareHost(host));
		expect(read(host, "root")).toMatchObject({ settings: { instances: { a: { host: bareHost(host) } } } });
	});

	it.each(NO_HOSTS)("may not be %j", (host) => {
		expect(() => loginHost("a", host)).toThrow(expect.objectContaining({ code: "bad_login" }));
		expect(addressFrom(host, "22")).toBeUndefined();
		const message = `expected a host name or an address, such as gpu.example.com, 203.0.113.7 or fd00::5; found ${JSON.stringify(host)}`;
		expect(read(host, "root")).toEqual({ faults: [{ line: 7, key: "instances.a.host", message }] });
	});
});

describe("A5: a user to log in as", () => {
	it.each(USERS)("may be %s", (user) => {
		expect(loginUser("a", user)).toBe(user);
		expect(read("gpu", user)).toHaveProperty("settings");
	});

	it.each(NO_USERS)("may not be %j", (user) => {
		expect(() => loginUser("a", user)).toThrow(expect.objectContaining({ code: "bad_login" }));
		expect(read("gpu", user)).toMatchObject({ faults: [{ line: 7, key: "instances.a.user" }] });
	});
});

describe("M43: IPv6 literals", () => {
	it("stand in brackets before a port", () => {
		expect(read("fd00::5", "root", "[fd00::1]:7233", "[fd00::1]:9000")).toHaveProperty("settings");
		const message = 'expected host:port, an IPv6 address in brackets: [fd00::5]:7233; found "fd00::1:7233"';
		expect(read("gpu", "root", "fd00::1:7233")).toEqual({ faults: [{ line: 4, key: "temporal.address", message }] });
		expect(read("gpu", "root", undefined, "-x:1")).toMatchObject({ faults: [{ key: "store.endpoint" }] });
	});

	it.each(["h:65535", "h:1", "[fe80::1%eth0]:7233", "[::ffff:10.0.0.1]:80"])("may be %s", (address) => {
		expect(read("gpu", "root", address)).toHaveProperty("settings");
	});

	it.each([
		"h:99999",
		"h:65536",
		"h:0",
		"h:07233",
		"[:::]:1",
		"[1::2::3]:1",
		"[fd00::g]:1",
		"[::1]:70000",
		"[1:2:3]:1",
	])("may not be %s", (address) => {
		expect(read("gpu", "root", address)).toMatchObject({ faults: [{ line: 4, key: "temporal.address" }] });
		expect(read("gpu", "root", undefined, address)).toMatchObject({ faults: [{ key: "store.endpoint" }] });
	});

	it.each([":::", "1::2::3", "[1:2]", "fd00:::5%eth0"])("may not be the host %s", (host) => {
		expect(read(host, "root")).toMatchObject({ faults: [{ line: 7, key: "instances.a.host" }] });
		expect(isHost(host)).toBe(false);
	});

	it("are printed so, and are an endpoint", () => {
		expect(hostAndPort("fd00::5", 22)).toBe("[fd00::5]:22");
		expect(hostAndPort("gpu", 22)).toBe("gpu:22");
		expect(splitHostAndPort("[fd00::5]:22")).toEqual({ host: "fd00::5", port: 22 });
		expect(splitHostAndPort("gpu:22")).toEqual({ host: "gpu", port: 22 });
		expect(addressFrom("[fd00::5]", "22")).toEqual({ host: "fd00::5", port: 22 });
	});

	it("of this machine are loopback", () => {
		for (const host of ["::1", "[::1]", "127.0.0.1", "127.9.9.9", "localhost"])
			expect(isLoopback(host), host).toBe(true);
		for (const host of ["127.evil.test", "::2", "localhost.evil.test", "10.0.0.1"])
			expect(isLoopback(host), host).toBe(false);
	});
});
