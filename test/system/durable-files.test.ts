import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, open, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { writeDurably } from "../../src/system/durable-files.ts";
import { appendRecord } from "../../src/state/record-log.ts";
import { ROOT } from "../support/sources.ts";
import { temporaryDirectory } from "../state/temporary.ts";

let directory: string;
let path: string;
beforeEach(async () => {
	directory = await temporaryDirectory();
	path = join(directory, "file");
});
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o7777;

/** What is synced from here on: `file` or `directory`, in order. */
async function watchSyncs(): Promise<string[]> {
	const handle = await open(directory);
	const prototype = Object.getPrototypeOf(handle) as typeof handle;
	await handle.close();
	const synced: string[] = [];
	const original = Reflect.get(prototype, "sync") as () => Promise<void>;
	const spy = vi.spyOn(prototype, "sync").mockImplementation(async function (this: typeof handle) {
		synced.push((await this.stat()).isDirectory() ? "directory" : "file");
		return original.call(this);
	});
	onTestFinished(() => spy.mockRestore());
	return synced;
}

describe("writeDurably", () => {
	it("makes the directory and a file of the mode that was asked for", async () => {
		const below = join(directory, "a", "b", "file");
		await writeDurably(below, "text", { mode: 0o600 });
		expect(await readFile(below, "utf8")).toBe("text");
		expect(await modeOf(below)).toBe(0o600);
		expect(await readdir(join(directory, "a", "b"))).toEqual(["file"]);
	});

	it("keeps the mode of a file that is there", async () => {
		await writeFile(path, "old");
		await chmod(path, 0o660);
		await writeDurably(path, "new", { mode: 0o600 });
		expect(await readFile(path, "utf8")).toBe("new");
		expect(await modeOf(path)).toBe(0o660);
	});

	it("writes to a pipe or a device, and leaves it in its place", async () => {
		await promisify(execFile)("mkfifo", [path]);
		const reading = readFile(path, "utf8");
		await writeDurably(path, "text");
		expect(await reading).toBe("text");
		expect((await stat(path)).isFIFO()).toBe(true);
		expect(await readdir(directory)).toEqual(["file"]);
	});

	it("writes to /dev/stdout, whatever is behind it", async () => {
		const module = JSON.stringify(join(ROOT, "src/system/durable-files.ts"));
		const code = `await (await import(${module})).writeDurably("/dev/stdout", "text");`;
		const program = [process.execPath, "--input-type=module", "--eval", code].map((word) => `'${word}'`).join(" ");
		expect(await promisify(execFile)("sh", ["-c", `${program} | cat`])).toMatchObject({ stdout: "text" });
	});

	it.each([true, false])("replaces the target of a link, and not the link (target there: %s)", async (exists) => {
		const target = join(directory, "elsewhere", "target");
		await mkdir(join(directory, "elsewhere"));
		if (exists) await writeFile(target, "old");
		await symlink(join("elsewhere", "target"), path);
		await writeDurably(path, "new");
		expect((await lstat(path)).isSymbolicLink()).toBe(true);
		expect(await readFile(target, "utf8")).toBe("new");
		expect(await readdir(join(directory, "elsewhere"))).toEqual(["target"]);
	});

	it("syncs the file, and its directory when it has its name", async () => {
		const synced = await watchSyncs();
		await writeDurably(path, "text");
		expect(synced).toEqual(["file", "directory"]);
	});

	// A file size limit makes the system write a part and say so, as a disk does that gets full.
	it("leaves the old text when only a part could be written", async () => {
		await writeFile(path, "old");
		const module = join(import.meta.dirname, "../../src/system/durable-files.ts");
		const script = [
			'process.on("SIGXFSZ", () => {});',
			`const { writeDurably } = await import(${JSON.stringify(module)});`,
			`await writeDurably(${JSON.stringify(path)}, "y".repeat(30_000)).catch(({ code }) => process.stdout.write(code));`,
		].join("\n");
		const run = ["-c", 'ulimit -f 8; exec "$0" --input-type=module -e "$1"', process.execPath, script];
		expect((await promisify(execFile)("sh", run)).stdout).toBe("EFBIG");
		expect(await readFile(path, "utf8")).toBe("old");
		expect(await readdir(directory)).toEqual(["file"]);
	});

	it("names the file that was asked for, not the one that stands in for it", async () => {
		const folder = join(directory, "folder");
		await mkdir(folder);
		await expect(writeDurably(folder, "text")).rejects.toMatchObject({ path: folder });
		expect(await readdir(directory)).toEqual(["folder"]);
	});
});

describe("appendRecord", () => {
	it("syncs the file each time, and its directory when it is new", async () => {
		const synced = await watchSyncs();
		await appendRecord(path, { n: 1 });
		await appendRecord(path, { n: 2 });
		expect(synced).toEqual(["file", "directory", "file"]);
	});
});
