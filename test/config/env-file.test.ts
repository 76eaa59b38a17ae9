import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readEnvFile } from "../../src/config/env-file.ts";

let path: string;
beforeEach(async () => {
	path = join(await mkdtemp(join(tmpdir(), "cres-env-file-")), ".env");
});
const read = async (text: string | Buffer) => {
	await writeFile(path, text);
	return readEnvFile(path);
};

describe("T17: a .env file", () => {
	it("names the values that an unquoted # cuts, and shows none", async () => {
		const { values, warnings } = await read(
			'REGISTRY_PASSWORD=ab#cd\nMINIO_SECRET_KEY=x#1y\r\nCONF={"a":"b#c"}\nEMPTY=#abc\n' +
				"A=b # a comment\nB= # a comment\nC='a#b'\nD=\"a#b\"\nE=`a#b` # c\nF=plain\n# G=x#y\n",
		);
		const told = ["REGISTRY_PASSWORD", "MINIO_SECRET_KEY", "CONF", "EMPTY"];
		expect(warnings).toEqual(
			told.map((name) => `${name} in .env ends at its #, which begins a comment: put quotes around the value`),
		);
		expect(values).toMatchObject({ A: "b", C: "a#b", D: "a#b", E: "a#b", F: "plain" });
	});

	it("in UTF-16 says so, with the command that converts it", async () => {
		for (const bytes of [
			Buffer.from("\uFEFFA=1\n", "utf16le"),
			Buffer.from("\uFEFFA=1\n", "utf16le").swap16(),
			Buffer.from("MINIO_ACCESS_KEY=abc\n", "utf16le"),
		])
			await expect(read(bytes)).rejects.toMatchObject({
				code: "env_file_unreadable",
				message: `${path} is not UTF-8 (PowerShell writes UTF-16)`,
				hint: expect.stringContaining(process.platform === "win32" ? "Set-Content -Encoding utf8" : "iconv -f UTF-16"),
			});
	});

	it("with a zero byte or in Latin-1 is not taken for UTF-16", async () => {
		const hint = expect.not.stringMatching(/iconv|Set-Content/);
		const code = "env_file_unreadable";
		const zero = { code, message: `${path} holds a zero byte in line 2`, hint };
		await expect(read("MINIO_ACCESS_KEY=abc\nB=x\0y\n")).rejects.toMatchObject(zero);
		const latin = { code, message: `${path} is not UTF-8 in line 2`, hint };
		await expect(read(Buffer.from("MINIO_ACCESS_KEY=a\nB=\xe4\n", "latin1"))).rejects.toMatchObject(latin);
		expect(await read(Buffer.from("# \xe4\nB=1\n", "latin1"))).toEqual({ values: { B: "1" }, warnings: [] });
	});

	it("that is a directory is no bug", async () => {
		await mkdir(path);
		await expect(readEnvFile(path)).rejects.toMatchObject({
			code: "env_file_unreadable",
			message: `${path} is a directory`,
		});
		await rm(path, { recursive: true });
		expect(await readEnvFile(path)).toEqual({ values: {}, warnings: [] });
	});

	it("without end is refused before it fills the memory", async () => {
		await symlink("/dev/zero", path);
		await expect(readEnvFile(path)).rejects.toMatchObject({
			code: "env_file_unreadable",
			message: `${path} is too large`,
		});
		await rm(path);
	});
});

describe("F67: a .env file", () => {
	it("with export, quotes, keys of several lines, CRLF, a BOM, doubles and any characters is read as dotenv defines", async () => {
		const text = [
			"\uFEFFexport A=1",
			"B='single $HOME'",
			'C="two\\nlines"',
			'PEM="-----BEGIN KEY-----',
			"abc",
			'-----END KEY-----"',
			"D=ключ-字-🔑",
			"E=first",
			"E=last",
			"F = spaced ",
		];
		for (const end of ["\n", "\r\n"])
			expect(await read(text.join(end))).toEqual({
				values: {
					...{ A: "1", B: "single $HOME", C: "two\nlines", D: "ключ-字-🔑", E: "last", F: "spaced" },
					PEM: "-----BEGIN KEY-----\nabc\n-----END KEY-----",
				},
				warnings: [],
			});
	});
});
