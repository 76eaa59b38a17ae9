import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withAttestKey } from "../../src/config/edit.ts";
import { readConfigText } from "../../src/config/faults.ts";

const BASE = `project: p
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;
const PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\nBBBB\n-----END PUBLIC KEY-----\n";
const OTHER = PEM.replace("AAAA", "CCCC");

const keysOf = (text: string): Record<string, string> => {
	const read = readConfigText(text);
	if ("faults" in read) throw new Error(JSON.stringify(read.faults));
	return read.settings.attest.keys;
};

describe("a public key in cres.yaml", () => {
	it("is added with every other byte kept", () => {
		const once = withAttestKey(`${BASE}# the end\n`, "ci", PEM);
		expect(once).toBe(
			`${BASE}# the end\nattest:\n  keys:\n    ci: |\n      -----BEGIN PUBLIC KEY-----\n      AAAA\n      BBBB\n      -----END PUBLIC KEY-----\n`,
		);
		const twice = withAttestKey(once, "laptop", OTHER);
		expect(twice.startsWith(once)).toBe(true);
		expect(keysOf(twice)).toEqual({ ci: PEM, laptop: OTHER });
	});

	it.each([
		["a setting before it", `${BASE}attest:\n  max_age: 10d # short\ninstances: {}\n`, {}],
		["keys in braces", `${BASE}attest: { keys: { old: a.pub }, max_age: 10d }\n`, { old: "a.pub" }],
		["keys that are empty", `${BASE}attest:\n  keys: {}\n  max_age: 10d\n`, {}],
		["other keys", `${BASE}attest:\n    keys:\n        old: a.pub # theirs\n\n    max_age: 10d\n`, { old: "a.pub" }],
		["a document's end", `${BASE}...\n`, {}],
		["no line end", BASE.trimEnd(), {}],
	])("stands beside %s", (_, text, others) => {
		const edited = withAttestKey(text, "ci", PEM);
		expect(keysOf(edited)).toEqual({ ...others, ci: PEM });
		expect(keysOf(withAttestKey(edited, "ci", OTHER))).toEqual({ ...others, ci: OTHER });
	});

	it("has the line ends of the text", () => {
		const edited = withAttestKey(`${BASE}attest:\n  max_age: 10d\n`.replaceAll("\n", "\r\n"), "ci", PEM);
		expect(keysOf(edited)).toEqual({ ci: PEM });
		expect(edited).not.toMatch(/[^\r]\n/);
	});

	it("is read back whatever was there", () => {
		const names = fc.uniqueArray(fc.constantFrom("a", "b-1", "ci", "x9"), { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(names, fc.constantFrom("", "attest:\n  max_age: 1h\n", "env: { A: b }\n"), (given, more) => {
				const text = given.reduce((all, name) => withAttestKey(all, name, PEM), `${BASE}${more}`);
				expect(keysOf(text)).toEqual(Object.fromEntries(given.map((name) => [name, PEM])));
			}),
			{ numRuns: 60 },
		);
	});
});

it("an age is in minutes, hours or days", () => {
	const ageOf = (age: string) => {
		const read = readConfigText(`${BASE}attest: { max_age: ${age} }\n`);
		return "settings" in read ? read.settings.attest.max_age : read.faults[0]!.message;
	};
	expect(["90m", "12h", "30d"].map(ageOf)).toEqual([5_400_000, 43_200_000, 2_592_000_000]);
	expect(ageOf("30 days")).toContain("an age such as 12h or 30d");
});
