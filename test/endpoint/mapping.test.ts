import { describe, expect, it } from "vitest";
import { withHostKey } from "../../src/state/known-hosts.ts";
import { mappingsOf } from "../../src/endpoint/mapping.ts";

describe("mappingsOf", () => {
	it("takes local:remote, and without any the ports of the compute plane", () => {
		expect(mappingsOf(["18081:8081"])).toEqual([{ local: 18_081, remote: 8081 }]);
		expect(mappingsOf([])).toEqual([
			{ local: 8081, remote: 8081 },
			{ local: 8100, remote: 8100 },
		]);
	});

	it.each(["8081", "0:8081", "8081:70000", "a:b", "127.0.0.1:8081:8081"])("refuses %s", (word) => {
		expect(() => mappingsOf([word])).toThrow(expect.objectContaining({ code: "bad_mapping", exit: "usage" }));
	});

	it("refuses one local port twice", () => {
		expect(() => mappingsOf(["1:2", "1:3"])).toThrow("local port 1 is given twice");
	});
});

describe("withHostKey", () => {
	it("replaces the key of the alias and drops the contract's earlier lives, nobody else's", () => {
		const text = "vast-12-g1 ssh-ed25519 A\nvast-123-g1 ssh-ed25519 B\ncres-cpu-1 ssh-ed25519 C\n";
		expect(withHostKey(text, "vast-12-g2", "ssh-ed25519 D")).toBe(
			"vast-123-g1 ssh-ed25519 B\ncres-cpu-1 ssh-ed25519 C\nvast-12-g2 ssh-ed25519 D\n",
		);
		expect(withHostKey(text, "cres-cpu-1", "ssh-ed25519 C")).toBe(text);
		expect(withHostKey("", "cres-cpu-1", "ssh-ed25519 C")).toBe("cres-cpu-1 ssh-ed25519 C\n");
	});
});
