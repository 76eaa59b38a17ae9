import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressesInEnv, withEndpoint, withoutStale } from "../../src/endpoint/env-file.ts";

const present = { host: "203.0.113.9", port: 41_009 };
const old = { host: "ssh5.vast.ai", port: 11_319 };
const target = { instance: "gpu-1", present, stale: [old], alone: true };
const write = (text: string, given: Partial<typeof target> = {}) => withEndpoint(text, { ...target, ...given }).text;

describe("the endpoint in .env", () => {
	it("keeps comments, order, quotes, blanks and line ends", () => {
		const lines = (host: string, port: string) =>
			[
				"# where the instance is",
				`export VAST_HOST = "${host}" # moves`,
				"OTHER='a # b'",
				"",
				`VAST_PORT='${port}'`,
				"LAST=1",
			].join("\r\n");
		expect(write(lines("ssh5.vast.ai", "11319"))).toBe(lines("203.0.113.9", "41009"));
	});

	it.each([
		["VAST_HOST=\nVAST_PORT=\n", "VAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["VAST_HOST=   \nVAST_PORT= # none\n", "VAST_HOST=203.0.113.9   \nVAST_PORT=41009 # none\n"],
		['VAST_HOST=""\nVAST_PORT=""', 'VAST_HOST="203.0.113.9"\nVAST_PORT="41009"'],
		["A=1", "A=1\nVAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["A=1\r\nVAST_HOST=x\r\n", "A=1\r\nVAST_HOST=203.0.113.9\r\nVAST_PORT=41009\r\n"],
		["", "VAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["VAST_HOST=a\nVAST_PORT=1\nVAST_HOST=b\n", "VAST_HOST=203.0.113.9\nVAST_PORT=41009\nVAST_HOST=203.0.113.9\n"],
		// What follows `NAME:` would be its value.
		["e:\n", "e:\n\nVAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["A=1\r\n export e:\r\n", "A=1\r\n export e:\r\n\r\nVAST_HOST=203.0.113.9\r\nVAST_PORT=41009\r\n"],
		["e:", "e:\n\nVAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["e: \n", "e: \nVAST_HOST=203.0.113.9\nVAST_PORT=41009\n"],
		["e:\r\nVAST_HOST=x\r\n", "e:\r\nVAST_HOST=x\r\nVAST_HOST=203.0.113.9\r\nVAST_PORT=41009\r\n"],
	])("fills or adds the pair of the only instance: %j", (text, expected) => {
		expect(write(text)).toBe(expected);
		expect(parse(expected)).toMatchObject({ VAST_HOST: present.host, VAST_PORT: String(present.port) });
	});

	it("is written into the plain pair of several instances only where that held an earlier one", () => {
		const others = "VAST_HOST=198.51.100.4\nVAST_PORT=22000\n";
		expect(write(others, { alone: false })).toBe(others);
		expect(write("A=1\n", { alone: false })).toBe("A=1\n");
		expect(write("VAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n", { alone: false })).toBe(
			"VAST_HOST=203.0.113.9\nVAST_PORT=41009\n",
		);
	});

	it("is written into the instance's own pair, whatever is in it, and into no other instance's", () => {
		const text = "VAST_HOST_GPU_1=a\nVAST_PORT_GPU_1=1\nVAST_HOST_GPU_2=b\nVAST_PORT_GPU_2=2\n";
		expect(write(text, { alone: false })).toBe(
			"VAST_HOST_GPU_1=203.0.113.9\nVAST_PORT_GPU_1=41009\nVAST_HOST_GPU_2=b\nVAST_PORT_GPU_2=2\n",
		);
	});

	it("says which names it changed, none the second time", () => {
		const first = withEndpoint("VAST_HOST=203.0.113.9\nVAST_PORT=1\n", target);
		expect(first.names).toEqual(["VAST_PORT"]);
		expect(withEndpoint(first.text, target)).toEqual({ text: first.text, names: [] });
	});

	it("leaves an assignment alone that stands inside another value", () => {
		const text = 'KEY="-----BEGIN\nVAST_HOST=inside\n-----END"\nVAST_HOST=a\nVAST_PORT=1\n';
		expect(write(text)).toBe('KEY="-----BEGIN\nVAST_HOST=inside\n-----END"\nVAST_HOST=203.0.113.9\nVAST_PORT=41009\n');
	});
});

describe("the endpoint in .env.example", () => {
	it("replaces an earlier one and fills nothing", () => {
		const example = (text: string) => withoutStale(text, target).text;
		expect(example("VAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n")).toBe("VAST_HOST=203.0.113.9\nVAST_PORT=41009\n");
		expect(example("VAST_HOST=\nVAST_PORT=\n")).toBe("VAST_HOST=\nVAST_PORT=\n");
		expect(example("VAST_HOST=example.com\nVAST_PORT=22\n")).toBe("VAST_HOST=example.com\nVAST_PORT=22\n");
	});
});

describe("what .env says", () => {
	it("is the instance's own pair and the plain one where it is ours", () => {
		const text = "VAST_HOST=a\nVAST_PORT=1\nVAST_HOST_GPU_1=b\nVAST_PORT_GPU_1=2\n";
		expect(addressesInEnv(text, "gpu-1", () => true)).toEqual([
			{ host: "b", port: 2 },
			{ host: "a", port: 1 },
		]);
		expect(addressesInEnv(text, "gpu-2", () => false)).toEqual([]);
	});

	it("is nothing where half of it is missing or no port", () => {
		expect(addressesInEnv("VAST_HOST=a\nVAST_PORT=\n", "gpu-1", () => true)).toEqual([]);
		expect(addressesInEnv("VAST_HOST=a\nVAST_PORT=70000\n", "gpu-1", () => true)).toEqual([]);
	});
});

const WANTED: Record<string, string> = {
	VAST_HOST_GPU_1: "203.0.113.9",
	VAST_PORT_GPU_1: "41009",
	VAST_HOST: "203.0.113.9",
	VAST_PORT: "41009",
};
const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);

/** One line as it stands and as it must stand afterwards. */
const assignment = fc
	.record({
		name: fc.constantFrom(...Object.keys(WANTED), "VAST_HOST_GPU_2", "VAST_PORT_GPU_10", "A_KEY"),
		head: fc.constantFrom("", "export ", "  "),
		sign: fc.constantFrom("=", " = ", "= "),
		quote: fc.constantFrom("", '"', "'", "`"),
		value: word,
		tail: fc.constantFrom("", "  ", " # VAST_HOST=x"),
	})
	.map(({ name, head, sign, quote, value, tail }) => {
		const line = (held: string) => `${head}${name}${sign}${quote}${held}${quote}${tail}`;
		return { name, before: line(value), after: line(WANTED[name] ?? value) };
	});
const same = (text: string) => ({ name: "", before: text, after: text });
const line = fc.oneof(
	{ weight: 4, arbitrary: assignment },
	{ weight: 1, arbitrary: word.map((text) => same(`# VAST_HOST=${text}`)) },
	{ weight: 1, arbitrary: word.map((text) => same(`INNER="${text}\nVAST_HOST=inside"`)) },
	{ weight: 1, arbitrary: fc.constant(same("")) },
);

describe("any .env", () => {
	it("has the values of the pairs replaced, every other byte kept, and reads so", () => {
		fc.assert(
			fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
				const whole = (side: "before" | "after") => lines.map((one) => `${one[side]}\n`.replaceAll("\n", end)).join("");
				const given = new Set(lines.map(({ name }) => name));
				const own = given.has("VAST_HOST_GPU_1") || given.has("VAST_PORT_GPU_1");
				const needed = Object.keys(WANTED).filter((name) => own || !name.endsWith("_GPU_1"));
				const added = needed.filter((name) => !given.has(name));
				const lineEnd = lines.length > 0 ? end : "\n";
				const expected = whole("after") + added.map((name) => `${name}=${WANTED[name]}${lineEnd}`).join("");
				expect(write(whole("before"))).toBe(expected);
				expect(withEndpoint(expected, target)).toEqual({ text: expected, names: [] });
				expect(parse(expected)).toMatchObject(Object.fromEntries(needed.map((name) => [name, WANTED[name]])));
			}),
			{ numRuns: 500 },
		);
	});
});
