import { expect, it } from "vitest";
import { withoutImports } from "../../images/builtins.js";

it("takes Node's own modules without importing them, on as many lines", () => {
	const code = [
		'import{readFile,writeFile as write}from"node:fs/promises";import{join}from"node:path";',
		'import http,{Agent}from"node:http";',
		'function f(){}import*as zlib from"zlib";',
		"import{a",
		'}from"node:os";import"./chunk.js";import{b}from"./other.js";',
		"join();",
	].join("\n");
	expect(withoutImports(code).split("\n")).toEqual([
		'const {readFile,writeFile: write}=globalThis.process.getBuiltinModule("node:fs/promises");const {join}=globalThis.process.getBuiltinModule("node:path");',
		'const http=globalThis.process.getBuiltinModule("node:http"),{Agent}=globalThis.process.getBuiltinModule("node:http");',
		'function f(){}const zlib=globalThis.process.getBuiltinModule("zlib");',
		"const {a",
		'}=globalThis.process.getBuiltinModule("node:os");import"./chunk.js";import{b}from"./other.js";',
		"join();",
	]);
});

it("does so with what tsc prints, too", () => {
	const code = [
		'import { readFile, writeFile as write } from "node:fs/promises";',
		'import http, { Agent } from "node:http";',
		'import * as zlib from "zlib";',
		'import process from "node:process";',
		'import { z } from "zod";',
	].join("\n");
	expect(withoutImports(code).split("\n")).toEqual([
		'const { readFile, writeFile: write }=globalThis.process.getBuiltinModule("node:fs/promises");',
		'const http=globalThis.process.getBuiltinModule("node:http"),{ Agent }=globalThis.process.getBuiltinModule("node:http");',
		'const zlib=globalThis.process.getBuiltinModule("zlib");',
		'const process=globalThis.process.getBuiltinModule("node:process");',
		'import { z } from "zod";',
	]);
});
