import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHost, formatAddress, hostMatcher } from "../../src/perimeter/address.ts";
import { addressesIn } from "../../src/perimeter/values.ts";

const found = (name: string, value: string): string[] =>
	addressesIn(name, value, (host) => host === "huihuang" || host === "control").map(formatAddress);

describe("addressesIn", () => {
	it.each<[string, string, string[]]>([
		["TEMPORAL_ADDRESS", "203.0.113.10:7233", ["203.0.113.10:7233"]],
		["TEMPORAL_ADDRESS", "temporal:7233", ["temporal:7233"]],
		["MINIO_ENDPOINT", "Store.Example.COM.:9000", ["store.example.com:9000"]],
		["LLAMA_URL", "http://127.0.0.1:8081", ["127.0.0.1:8081"]],
		["A", "https://user:p,w@192.168.1.5/path?next=http%3A%2F%2F10.0.0.1%3A81%2F", ["192.168.1.5:443", "10.0.0.1:81"]],
		["A", "http://[::1]:8080/ http://[fe80::1%25eth0]/", ["[::1]:8080", "[fe80::1]:80"]],
		["A", "http://2130706433/ http://0x7f.1:81 http://127.1:82", ["127.0.0.1:80", "127.0.0.1:81", "127.0.0.1:82"]],
		["A", "postgres://db/x", ["db"]],
		["A", "mongodb://a.example:1,b.example:2/x", ["a.example:1", "b.example:2"]],
		["TUNNELS", "8080:localhost:8081, 9:10.1.2.3:90", ["localhost:8081", "10.1.2.3:90"]],
		["A", "::ffff:192.168.1.5", ["192.168.1.5"]],
		["A", "--host=192.168.1.5 --port 9", ["192.168.1.5"]],
		["A", '{"at":"10.0.0.7:1"}', ["10.0.0.7:1"]],
		["A", "huihuang:9000", ["huihuang:9000"]],
		["VAST_HOST", "ssh2.vast.ai", ["ssh2.vast.ai"]],
		["VAST_HOST", "huihuang", ["huihuang"]],
		["SSH", "root@192.168.1.5", ["192.168.1.5"]],
		["API_ROLE", "control", []],
		["WORKER_INSTANCE_NAME", "huihuang", []],
		["BASE_TASK_QUEUE", "video-processing@cpu", []],
		["LLM_MODEL_FILE", "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", []],
		["LLM_MODEL_PATH", "/workspace/packages/models/llm", []],
		["MINIO_CACHE_PREFIX", "cache/transcriptions", []],
		["MODELS", "s3://models/whisper", []],
		["LEVELS", "worker:3,api:2", []],
		["VERSION", "12.4.1 1.2.3.4.5 300.1.1.1", []],
		["AT", "12:30:00", []],
		["WEBHOOK_URL", "none", []],
		["RATIO", "100%", []],
		["MINIO_SECURE", "false", []],
	])("%s=%s names %j", (name, value, addresses) => {
		expect(found(name, value)).toEqual(addresses);
	});

	it("finds every address in the midst of other text, and never throws", () => {
		fc.assert(
			fc.property(
				fc.string(),
				fc.ipV4(),
				fc.integer({ min: 1, max: 65_535 }),
				fc.string(),
				(before, ip, port, after) => {
					expect(found("A", `${before} ${ip}:${port} ${after}`)).toContain(`${ip}:${port}`);
					expect(found("A_URL", before + after).every((one) => one !== "")).toBe(true);
				},
			),
		);
	});
});

describe("hostMatcher", () => {
	it.each<[string, string[], string[]]>([
		["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "::a00:1", "ten.example"]],
		["100.64.0.0/10", ["100.64.0.1", "100.127.255.255"], ["100.128.0.0", "100.63.255.255"]],
		["fc00::/7", ["fd12::1"], ["fe80::1", "252.0.0.1"]],
		["::1/128", ["::1"], ["::2", "127.0.0.1"]],
		["203.0.113.10", ["203.0.113.10"], ["203.0.113.1"]],
		["2001:DB8:0::1", ["2001:db8::1"], ["2001:db8::2"]],
		["Control.Example.net", ["control.example.net"], ["x.control.example.net"]],
		["*.vast.ai", ["ssh2.vast.ai", "a.b.vast.ai"], ["vast.ai", "notvast.ai"]],
	])("%s means %j and not %j", (pattern, inside, outside) => {
		const matches = hostMatcher(pattern)!;
		expect([inside.filter(matches), outside.filter(matches)]).toEqual([inside, []]);
	});

	it.each([
		"",
		"10.0.0.0/33",
		"10.0.0/8",
		"300.0.0.1",
		"1.2.3",
		"a b",
		"*",
		"*.10.0.0.1",
		"a..b",
		"http://a",
		"example.com/8",
		"-a",
	])("%j is nothing that it knows", (pattern) => {
		expect(hostMatcher(pattern)).toBeUndefined();
	});

	it("takes every address for itself, in whatever form it is written", () => {
		fc.assert(
			fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
				expect(hostMatcher(ip)!(canonicalHost(ip)!)).toBe(true);
				expect(canonicalHost(canonicalHost(ip)!)).toBe(canonicalHost(ip));
			}),
		);
	});
});
