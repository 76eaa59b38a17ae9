import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { withInstance, withModelsManifest, withoutInstance } from "../../src/config/edit.ts";
import { readConfigText } from "../../src/config/faults.ts";
import { starterText } from "../../src/config/starter.ts";

const settings = { driver: "docker", host: "203.0.113.7", key: "~/.ssh/id", roles: ["cpu"] };
const entry = (name: string, indent: string) =>
	[`${name}:`, "  driver: docker", "  host: 203.0.113.7", "  key: ~/.ssh/id", "  roles:", "    - cpu"]
		.map((line) => `${indent}${line}\n`)
		.join("");

describe("withInstance", () => {
	it("adds the first, the next and replaces one in a starter without touching another byte", () => {
		const starter = starterText({ schema: "x", project: "video", repository: "owner/app" });
		const one = withInstance(starter, "cpu-1", settings);
		expect(one).toBe(`${starter}instances:\n${entry("cpu-1", "  ")}`);
		const two = withInstance(one, "cpu-2", settings);
		expect(two).toBe(`${one}${entry("cpu-2", "  ")}`);
		const moved = withInstance(two, "cpu-1", { ...settings, host: "203.0.113.8" });
		expect(moved).toBe(two.replace("203.0.113.7\n    key", "203.0.113.8\n    key"));
		expect(readConfigText(moved)).toMatchObject({ settings: { instances: { "cpu-1": { host: "203.0.113.8" } } } });
	});

	it.each([
		[
			"between other keys",
			"instances:\n    a: { host: x } # mine\n\n# end\nqueue: q\n",
			"instances:\n    a: { host: x } # mine\n",
			"    ",
			"\n# end\nqueue: q\n",
		],
		[
			"with a commented setting behind",
			"instances:\n  a:\n    host: x\n    #port: 22\nqueue: q\n",
			"instances:\n  a:\n    host: x\n",
			"  ",
			"    #port: 22\nqueue: q\n",
		],
		["without a last line end", "instances:\n  a:\n    host: x", "instances:\n  a:\n    host: x\n", "  ", ""],
	])("adds one %s", (_case, text, before, indent, after) => {
		expect(withInstance(text, "b", settings)).toBe(`${before}${entry("b", indent)}${after}`);
	});

	it("keeps Windows line ends", () => {
		expect(withInstance("project: a\r\n", "b", settings)).toBe(
			`project: a\ninstances:\n${entry("b", "  ")}`.replaceAll("\n", "\r\n"),
		);
	});

	it.each(["instances: {}\n", "instances:\n", "instances: { a: { host: x } }\n", ""])("copes with %j", (text) => {
		expect(parse(withInstance(text, "b", settings))).toMatchObject({ instances: { b: settings } });
	});
});

describe("withoutInstance", () => {
	const text =
		"# head\ninstances:\n  # the first\n  a:\n    host: x # mine\n    #port: 22\n  b: { host: y }\n\n# end\nqueue: q\n";

	it("takes one out, and keeps every comment and byte around it", () => {
		expect(withoutInstance(text, "b")).toBe(text.replace("  b: { host: y }\n", ""));
		expect(withoutInstance(text, "a")).toBe(text.replace("  a:\n    host: x # mine\n", ""));
		expect(parse(withoutInstance(text, "a")!)).toEqual({ instances: { b: { host: "y" } }, queue: "q" });
	});

	it("leaves a map when the last one goes", () => {
		const none = withoutInstance(withoutInstance(text, "a")!, "b")!;
		expect(none).toContain("instances: {}\n");
		expect(parse(none)).toEqual({ instances: {}, queue: "q" });
		expect(parse(withInstance(none, "c", { host: "z" }))).toEqual({ instances: { c: { host: "z" } }, queue: "q" });
	});

	it("undoes what withInstance did, with Windows line ends too", () => {
		for (const before of [text, text.replaceAll("\n", "\r\n")])
			expect(withoutInstance(withInstance(before, "c", settings), "c")).toBe(before);
	});

	it("knows braces, and says when there is none", () => {
		expect(parse(withoutInstance("instances: { a: { host: x }, b: {} }\n", "a")!)).toEqual({ instances: { b: {} } });
		for (const other of [text, "", "instances:\n"]) expect(withoutInstance(other, "zz")).toBeUndefined();
	});
});

it("adds an instance before the marker that ends the document", () => {
	const text = withInstance("project: video\n...\n# a note\n", "cpu-1", { driver: "docker" });
	expect(text).toBe("project: video\ninstances:\n  cpu-1:\n    driver: docker\n...\n# a note\n");
});

describe("withModelsManifest", () => {
	const sum = "5".repeat(64);

	it.each([
		["project: a\n# end\n", `project: a\n# end\nmodels:\n  manifest: "${sum}"\n`],
		["project: a\r\n", `project: a\r\nmodels:\r\n  manifest: "${sum}"\r\n`],
		["project: a\n...\n", `project: a\nmodels:\n  manifest: "${sum}"\n...\n`],
		["models: { manifest: old } # mine\n", `models: { manifest: "${sum}" } # mine\n`],
		['models:\n  # its sum\n  manifest: "old"\nqueue: q\n', `models:\n  # its sum\n  manifest: "${sum}"\nqueue: q\n`],
	])("changes nothing else in %j", (text, expected) => {
		expect(withModelsManifest(text, sum)).toBe(expected);
	});

	it.each(["models: {}\n", "models:\n", ""])("copes with %j", (text) => {
		expect(parse(withModelsManifest(text, sum))).toEqual({ models: { manifest: sum } });
	});
});
