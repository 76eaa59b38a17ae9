import { describe, expect, it } from "vitest";
import { containerId } from "../../../images/runtime/container.ts";

describe("containerId", () => {
	it("is the start of Docker's host name", () => {
		expect(containerId("", "89abcdef0123")).toBe("89abcdef");
	});

	it("is what was given, whatever the host name", () => {
		expect(containerId("01234567", "89abcdef0123")).toBe("01234567");
	});

	it("is random elsewhere", () => {
		const ids = [containerId("", "huihuang"), containerId("", "huihuang")];
		expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/), expect.stringMatching(/^[0-9a-f]{8}$/)]);
		expect(ids[0]).not.toBe(ids[1]);
	});
});
