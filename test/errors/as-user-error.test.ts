import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asUserError } from "../../src/errors/as-user-error.ts";
import { UserError } from "../../src/errors/errors.ts";
import { makeDirectory, writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";

let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-faults-"));
	await writeFile(join(root, "file"), "");
	await mkdir(join(root, ".env"));
	await symlink("loop", join(root, "loop"));
});
afterAll(() => rm(root, { recursive: true }));

const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, asUserError);

describe("asUserError", () => {
	it.each([
		[".env", "it is a directory (EISDIR)"],
		["file/cres.yaml", "a part of the path is not a directory (ENOTDIR)"],
		["loop", "there are too many symbolic links (ELOOP)"],
		["x".repeat(300), "the name is too long (ENAMETOOLONG)"],
	])("names the file %s that cannot be read, and why", async (name, why) => {
		const path = join(root, name);
		expect(await thrownBy(readTextIfExists(path))).toMatchObject({
			...{ code: "file_unusable", exit: "failed", message: `${path} cannot be used: ${why}` },
			hint: `put ${path} right, then run the command again`,
		});
	});

	it.each([
		["file/below", "file/below cannot be used: a part of the path is not a directory (ENOTDIR)"],
		[`${"x".repeat(300)}/y`, "the name is too long (ENAMETOOLONG)"],
	])("names the file %s that cannot be written, and why", async (name, why) => {
		const error = await thrownBy(writeDurably(join(root, name), "text"));
		expect(error).toMatchObject({ code: "file_unusable", message: expect.stringContaining(why) });
	});

	it("names the directory that cannot be made, and why", async () => {
		const path = join(root, "file");
		expect(await thrownBy(makeDirectory(path))).toMatchObject({
			...{ code: "file_unusable", message: `${path} cannot be used: something else has that name (EEXIST)` },
		});
	});

	it.each([
		["EACCES", "file_forbidden", "permission is denied"],
		["EPERM", "file_forbidden", "the operation is not permitted"],
		["EROFS", "file_forbidden", "its file system is read-only"],
		["ENOSPC", "local_disk_full", "no space is left on the disk"],
		["EDQUOT", "local_disk_full", "the disk quota is used up"],
		["EMFILE", "too_many_open_files", "this process has too many files open"],
		["ENFILE", "too_many_open_files", "this machine has too many files open"],
	])("says what %s is", (code, ours, why) => {
		const cause = Object.assign(new Error(`${code}: as Node says it`), { code, path: "/p/.cres" });
		const error = asUserError(cause);
		expect(error).toMatchObject({
			code: ours,
			exit: "failed",
			message: `/p/.cres cannot be used: ${why} (${code})`,
			cause,
		});
		expect(error!.hint).toMatch(/, then run the command again$/);
	});

	it("keeps Node's message where there is no path", () => {
		const error = Object.assign(new Error("listen EACCES: permission denied 0.0.0.0:80"), { code: "EACCES" });
		expect(asUserError(error)).toMatchObject({ code: "file_forbidden", message: error.message });
	});

	it("leaves a UserError as it is, and bugs to whoever reports them", () => {
		const error = new UserError("no_build", "none");
		expect(asUserError(error)).toBe(error);
		expect([new TypeError("x is undefined"), { code: "EACCES" }, "EACCES", null].map(asUserError)).toEqual(
			Array.from({ length: 4 }),
		);
	});
});
