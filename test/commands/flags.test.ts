import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/sources.ts";
import "../support/built.ts";

interface Manifest {
	commands: Record<string, { flags: Record<string, unknown>; hidden?: boolean }>;
}

it("every command shows the flags of all commands in its help and to the completion", async () => {
	const { commands } = JSON.parse(await readFile(join(ROOT, "oclif.manifest.json"), "utf8")) as Manifest;
	const common = ["json", "quiet", "verbose", "log-file", "no-color"];
	const lacking = Object.entries(commands).flatMap(([id, { flags }]) =>
		common.filter((name) => !Object.hasOwn(flags, name)).map((name) => `${id} lacks --${name}`),
	);
	expect(Object.keys(commands).length).toBeGreaterThan(50);
	expect(lacking).toEqual([]);
});
