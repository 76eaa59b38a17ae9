import fsPromises, { readFile, readdir, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { appendRecord } from "../../src/state/record-log.ts";
import { withLock } from "../../src/state/lock.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { removeFile, renameFile, unlessHeld } from "../../src/system/files.ts";
import { temporaryDirectory } from "../state/temporary.ts";

let path: string;
beforeEach(async () => {
	path = join(await temporaryDirectory(), "file");
});

function on(platform: NodeJS.Platform): void {
	const own = Object.getOwnPropertyDescriptor(process, "platform")!;
	Object.defineProperty(process, "platform", { ...own, value: platform });
	onTestFinished(() => void Object.defineProperty(process, "platform", own));
}

/** Node's function fails with that code so often, as it does on Windows while a virus scanner has the file open. */
function hold(name: "rename" | "rm" | "link", code: string, times: number) {
	const real = fsPromises[name] as (...of: unknown[]) => Promise<void>;
	let left = times;
	const spy = vi.spyOn(fsPromises, name).mockImplementation(async (...of: unknown[]) => {
		if (left-- > 0) throw Object.assign(new Error(`${code}: ${name}`), { code });
		return real(...of);
	});
	syncBuiltinESMExports();
	onTestFinished(() => {
		spy.mockRestore();
		syncBuiltinESMExports();
	});
	return spy;
}

/** Fails so often, then answers. */
const work = (code: string, times: number) => {
	const tries = vi.fn<() => Promise<string>>(async () => {
		if (tries.mock.calls.length <= times) throw Object.assign(new Error(code), { code });
		return "done";
	});
	return tries;
};

describe("what is done to a file that somebody has open", () => {
	it.each(["EPERM", "EBUSY", "EACCES"])(
		"is tried again on Windows after %s, four times within a second",
		async (code) => {
			on("win32");
			const started = performance.now();
			expect(await unlessHeld(work(code, 4))).toBe("done");
			expect(performance.now() - started).toBeGreaterThan(800);
			const failing = work(code, 5);
			await expect(unlessHeld(failing)).rejects.toMatchObject({ code });
			expect(failing).toHaveBeenCalledTimes(5);
		},
	);

	it("is tried once for every other reason, and elsewhere", async () => {
		on("win32");
		for (const code of ["ENOENT", "ENOSPC", "EXDEV"]) {
			const failing = work(code, 1);
			await expect(unlessHeld(failing)).rejects.toMatchObject({ code });
			expect(failing).toHaveBeenCalledTimes(1);
		}
		on("linux");
		await expect(unlessHeld(work("EPERM", 1))).rejects.toMatchObject({ code: "EPERM" });
	});

	it("is a new name, or its end", async () => {
		on("win32");
		await writeFile(path, "text");
		hold("rename", "EPERM", 1);
		await renameFile(path, `${path}.1`);
		expect(await readFile(`${path}.1`, "utf8")).toBe("text");
		hold("rm", "EBUSY", 1);
		await removeFile(`${path}.1`);
		await removeFile(path);
		expect(await readdir(join(path, ".."))).toEqual([]);
	});
});

describe("on Windows, while a virus scanner has the file open,", () => {
	beforeEach(() => on("win32"));

	it("a file is replaced all the same", async () => {
		await writeDurably(path, "old");
		const renames = hold("rename", "EPERM", 2);
		await writeDurably(path, "new");
		expect([await readFile(path, "utf8"), renames.mock.calls.length]).toEqual(["new", 3]);
		expect(await readdir(join(path, ".."))).toEqual(["file"]);
	});

	it.each(["rename", "rm", "link"] as const)("a lock is taken, kept and given back although %s fails", async (name) => {
		await withLock(path, async () => {});
		const calls = hold(name, "EBUSY", 2);
		expect(await withLock(path, async ({ token }) => token, { waitMs: 0 })).toBe(2);
		expect(calls.mock.calls.length).toBeGreaterThan(2);
		expect((await readdir(path)).toSorted()).toEqual(["2.json", "token"]);
	});

	it("a log that is full gets its other name", async () => {
		await appendRecord(path, { n: 1 });
		hold("rename", "EPERM", 1);
		await appendRecord(path, { n: 2 }, 1);
		expect((await readdir(join(path, ".."))).length).toBe(2);
	});
});
