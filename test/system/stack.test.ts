import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sourceStack } from "../../src/system/stack.ts";

let directory: string;

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-stack-"));
	// The second line of the bundle is the third of its source.
	const map = { version: 3, sources: ["../src/thing.ts"], names: [], mappings: ";AAEC" };
	await writeFile(join(directory, "chunk.js.map"), JSON.stringify(map));
});
afterAll(() => rm(directory, { recursive: true }));

it("tells the places of the sources", async () => {
	const [chunk, source] = ["chunk.js", "../src/thing.ts"].map((path) => pathToFileURL(join(directory, path)).href);
	expect(await sourceStack(`Error: oh\n    at work (${chunk}:2:1)`)).toBe(`Error: oh\n    at work (${source}:3:2)`);
});

it("leaves places that no map tells", async () => {
	const stack = `Error: oh\n    at ${pathToFileURL(join(directory, "other.js")).href}:2:1\n    at node:internal/main:1:1`;
	expect(await sourceStack(stack)).toBe(stack);
});
