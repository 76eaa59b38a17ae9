import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, readTextIfExists, readWhole } from "../../src/system/files.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "cres-files-"));
});
afterAll(() => rm(folder, { recursive: true }));

const written = async (name: string, text: string): Promise<string> => {
	const path = join(folder, name);
	await writeFile(path, text);
	return path;
};

describe("a file that is read whole", () => {
	it("is its bytes, up to the bound", async () => {
		const path = await written("ten", "0123456789");
		expect(String(await readWhole(path, 10))).toBe("0123456789");
		await expect(readWhole(path, 9)).rejects.toMatchObject({ code: "EFBIG", path });
	});

	it("is what a pipe gives", async () => {
		const path = join(folder, "pipe");
		await promisify(execFile)("mkfifo", [path]);
		const [text] = await Promise.all([readWhole(path), writeFile(path, "project: shop\n")]);
		expect(String(text)).toBe("project: shop\n");
	});

	it("is no device without end", async () => {
		const path = join(folder, "endless");
		await symlink("/dev/zero", path);
		await expect(readWhole(path, 2 ** 20)).rejects.toMatchObject({ code: "EFBIG", path });
		await expect(readTextIfExists(path)).rejects.toMatchObject({ code: "EFBIG", path });
	});

	it("is read from /proc, where no file has a size", async () => {
		expect(String(await readWhole("/proc/self/comm"))).not.toBe("");
	});

	it("may be missing", async () => {
		expect(await readTextIfExists(join(folder, "none"))).toBeUndefined();
		await expect(readWhole(folder)).rejects.toMatchObject({ code: "EISDIR", path: folder });
	});
});

describe("a folder that is made", () => {
	it("comes with those above it, and is left alone when it is there", async () => {
		const path = join(folder, "a", "b");
		expect(await makeFolder(path, 0o700)).toBe(join(folder, "a"));
		expect((await stat(path)).mode & 0o777).toBe(0o700);
		expect(await makeFolder(path)).toBeUndefined();
		expect(await makeFolder(join(folder, "a", "c"))).toBe(join(folder, "a", "c"));
	});

	it("may be made by several at once", async () => {
		const path = join(folder, "d", "e", "f");
		await Promise.all([1, 2, 3, 4].map(() => makeFolder(path)));
		expect((await stat(path)).isDirectory()).toBe(true);
	});

	it("is refused, with its path, where no folder can be: /proc takes none, a file is none, a link leads nowhere", async () => {
		await expect(makeFolder("/proc/cres/state")).rejects.toMatchObject({ code: "ENOENT", path: "/proc/cres" });
		const file = await written("plain", "");
		await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "EEXIST", path: file });
		const link = join(folder, "astray");
		await symlink("nowhere", link);
		await expect(makeFolder(join(link, "below"))).rejects.toMatchObject({ code: "EEXIST", path: link });
	});
});
