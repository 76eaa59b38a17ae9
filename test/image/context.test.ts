import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLAMPED_SECONDS, contextHash, contextTar, readContext } from "../../src/image/context.ts";

let root: string;
const none = new Set<string>();

beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-context-"));
	await mkdir(join(root, "dist/app/deep"), { recursive: true });
	await mkdir(join(root, "other"));
	await writeFile(join(root, "dist/app/b.js"), "b");
	await writeFile(join(root, "dist/app/deep/a.js"), "a");
	await writeFile(join(root, "other/not-copied"), "x");
	await writeFile(join(root, "start.sh"), "#!/bin/sh\n");
	await symlink("start.sh", join(root, "other/link"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function entriesOf(tar: Buffer) {
	const entries: unknown[] = [];
	for await (const entry of Readable.from(tar).pipe(extract())) {
		const { name, mode, mtime, uid, gid } = entry.header;
		entries.push([name, mode?.toString(8), mtime?.getTime(), uid, gid]);
		entry.resume();
	}
	return entries;
}

describe("build context", () => {
	it("holds the copied files and their directories, sorted and clamped", async () => {
		const files = await readContext(root, ["start.*", "dist"], new Set(["start.sh"]));
		const at = CLAMPED_SECONDS * 1000;
		expect(await entriesOf(await contextTar(files))).toEqual([
			["dist/", "755", at, 0, 0],
			["dist/app/", "755", at, 0, 0],
			["dist/app/deep/", "755", at, 0, 0],
			["dist/app/b.js", "644", at, 0, 0],
			["dist/app/deep/a.js", "644", at, 0, 0],
			["start.sh", "755", at, 0, 0],
		]);
	});

	it("gives equal bytes whatever the disk's times and modes", async () => {
		const first = await readContext(root, ["dist"], none);
		await utimes(join(root, "dist/app/b.js"), 1e9, 1e9);
		await chmod(join(root, "dist/app/b.js"), 0o700);
		const second = await readContext(root, ["dist", "dist/app"], none);
		expect(contextHash(second)).toBe(contextHash(first));
		expect((await contextTar(second)).equals(await contextTar(first))).toBe(true);
	});

	it("hashes names, contents and executable bits", async () => {
		const content = Buffer.from("a");
		const hashes = [
			[{ path: "a", content, executable: false }],
			[{ path: "b", content, executable: false }],
			[{ path: "a", content, executable: true }],
			[{ path: "a", content: Buffer.from("b"), executable: false }],
			[],
		].map(contextHash);
		expect(new Set(hashes).size).toBe(hashes.length);
	});

	it("T18: takes what a pattern means to Docker, names that begin with a dot as well", async () => {
		const below = await mkdtemp(join(tmpdir(), "cres-patterns-"));
		const made = [".hidden", "a.ts", "{a,b}.ts", "src/.keep", "src/b.ts", "src/deep/c.ts", "other/b.ts", "[", "x!y"];
		for (const path of made) {
			await mkdir(join(below, path, ".."), { recursive: true });
			await writeFile(join(below, path), path);
		}
		await symlink("/etc", join(below, "src", "link"));
		const taken = async (...patterns: string[]) =>
			(await readContext(below, patterns, none, (path) => path === "src/link")).map(({ path }) => path);
		expect(await taken("*")).toEqual(made.toSorted());
		expect(await taken("src/*")).toEqual(["src/.keep", "src/b.ts", "src/deep/c.ts"]);
		expect(await taken("?hidden", "sr[a-z]/.k*")).toEqual([".hidden", "src/.keep"]);
		expect(await taken("*/b.ts")).toEqual(["other/b.ts", "src/b.ts"]);
		expect(await taken("**/*.ts")).toEqual(["a.ts", "other/b.ts", "src/b.ts", "src/deep/c.ts", "{a,b}.ts"]);
		expect(await taken("{a,b}.*")).toEqual(["{a,b}.ts"]);
		expect(await taken("x[^a-z]y")).toEqual(["x!y"]);
		await expect(taken("src/*/hostname")).rejects.toMatchObject({ code: "context_file_missing" });
		await expect(taken("{a,c}.?s")).rejects.toMatchObject({ code: "context_file_missing" });
		await rm(below, { recursive: true });
	});

	it("refuses what is missing or no regular file", async () => {
		await expect(readContext(root, ["nothing"], none)).rejects.toMatchObject({ code: "context_file_missing" });
		await expect(readContext(root, ["no-*"], none)).rejects.toMatchObject({ code: "context_file_missing" });
		await expect(readContext(root, ["other"], none)).rejects.toMatchObject({ code: "context_file_unsupported" });
	});
});
