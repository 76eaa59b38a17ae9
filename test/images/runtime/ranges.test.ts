import { describe, expect, it } from "vitest";
import { parseRange, rangesSchema, refusalOf } from "../../../images/runtime/ranges.ts";

const refusal = refusalOf([]);

describe("A7: an address that a job may not reach", () => {
	it.each([
		...[
			"127.0.0.1",
			"127.255.255.254",
			"::1",
			"::ffff:127.0.0.1",
			"::ffff:7f00:1",
			"0:0:0:0:0:ffff:7f00:0001",
			"::127.0.0.1",
		],
		...["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"],
		...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1", "fec0::1"],
		...["100.64.0.1", "100.127.255.255", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "ff02::1"],
		...[
			"0.0.0.0",
			"0.1.2.3",
			"::",
			"64:ff9b::7f00:1",
			"64:ff9b:1::1",
			"2002:7f00:1::",
			"2001:0:1::",
			"::ffff:0:7f00:1",
		],
		...["192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "100::1", "2001:db8::1", "4000::1"],
		...["", "localhost", "127.1", "0x7f000001", "2130706433"],
	])("%s", (address) => {
		expect(refusal(address)).toEqual(expect.any(String));
	});

	it.each([
		"1.1.1.1",
		"93.184.216.34",
		"172.32.0.1",
		"100.128.0.1",
		"223.255.255.255",
		"2606:4700::1111",
		"2001:4860::8888",
	])("is not %s", (address) => {
		expect(refusal(address)).toBeUndefined();
	});

	it("is none that was allowed, in any notation", () => {
		const allowing = refusalOf(rangesSchema.parse("10.213.21.0/24, fd00:1::/64,127.0.0.1"));
		for (const address of ["10.213.21.1", "::ffff:10.213.21.255", "fd00:1::9", "127.0.0.1"])
			expect([address, allowing(address)]).toEqual([address, undefined]);
		for (const address of ["10.213.22.1", "fd00:2::1", "127.0.0.2"]) expect(allowing(address)).toBeDefined();
	});
});

it("A7: a range is an address with as many bits as it has", () => {
	expect(parseRange(" 10.0.0.0/8 ")).toEqual({ address: "10.0.0.0", prefix: 8, family: "ipv4" });
	expect(parseRange("::1")).toEqual({ address: "::1", prefix: 128, family: "ipv6" });
	for (const wrong of [
		"",
		"10/8",
		"10.0.0.0/33",
		"10.0.0.0/",
		"10.0.0.0/8/8",
		"::/129",
		"fe80::1%eth0",
		"host",
		"10.0.0.0/-1",
	])
		expect([wrong, parseRange(wrong)]).toEqual([wrong, undefined]);
	expect(rangesSchema.safeParse("10.0.0.0/8,x").success).toBe(false);
});
