import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTextIfExists, readWhole } from "../../src/system/files.ts";

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
