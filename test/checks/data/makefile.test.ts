import { expect, it } from "vitest";
import { rulesOf } from "../../../src/checks/data/makefile.ts";
import { treeOf } from "../../support/tree.ts";

const read = (text: string) =>
	rulesOf(treeOf({ Makefile: text }).file("Makefile")!)?.map(({ targets, needs }) => [targets.join(" "), ...needs]);

it("reads the rules of a Makefile, one line or several", () => {
	const text = [
		"VERSION := 1.0.0",
		"URL ::= https://example.com",
		".PHONY: all",
		"all: build \\",
		"  check # both",
		"build: $(wildcard src lib) main.c | out ; cc main.c",
		"check:: VERBOSE = yes",
		"a b &: c",
		"\techo done: well",
	];
	expect(read(text.join("\n"))).toEqual([
		[".PHONY", "all"],
		["all", "build", "check"],
		["build", "main.c", "|", "out"],
		["check"],
		["a b", "c"],
	]);
	expect(read(text.join("\r\n"))).toEqual(read(text.join("\n")));
});

it.each([
	"include a.mk",
	"-include a.mk",
	"%.o: %.c",
	"$(NAMES): x",
	"out/$(NAME): x",
	".DEFAULT:",
	"define RULE\nendef",
])("knows not all rules of a file with %j", (line) => {
	expect(read(`all: build\n${line}\n`)).toBeUndefined();
});
