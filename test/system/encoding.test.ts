import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { generateKey } from "../../src/attest/keygen.ts";
import { readSettings } from "../../src/backend/open.ts";
import { editConfig } from "../../src/config/edit-file.ts";
import { initProject } from "../../src/config/init.ts";
import { readPerimeter } from "../../src/perimeter/perimeter-file.ts";
import { formatPlan } from "../../src/plan/fmt.ts";
import { editPlan } from "../../src/plan/plan-file.ts";
import { readPlanText } from "../../src/plan/show.ts";
import { readUtf8IfExists } from "../../src/system/encoding.ts";
import { systemShell } from "../../src/system/shell.ts";
import { makeFolder } from "../../src/system/files.ts";
import { temporaryDirectory } from "../state/temporary.ts";

let root: string;
beforeEach(async () => {
	root = await temporaryDirectory();
	await makeFolder(join(root, "docs"));
});

/** A file in Latin-1, which a decoder of UTF-8 would make another one of. */
const LATIN = Buffer.from("# Pläne\n\n## 2026-01-01 - Café\n", "latin1");
const inLatin = async (name: string): Promise<string> => {
	const path = join(root, name);
	await writeFile(path, LATIN);
	return path;
};
const unusable = { code: "file_unusable", hint: expect.stringContaining("as UTF-8") as string };

describe("a file that is written again", () => {
	it("is its text in UTF-8, or nothing when there is none", async () => {
		const path = join(root, "a");
		expect(await readUtf8IfExists(path)).toBeUndefined();
		await writeFile(path, "\uFEFFé\r\n");
		expect(await readUtf8IfExists(path)).toBe("\uFEFFé\r\n");
	});

	it("is told by its encoding where it has another one", async () => {
		const latin = await inLatin("latin");
		await expect(readUtf8IfExists(latin)).rejects.toMatchObject({
			message: `${latin} is not UTF-8 in line 1`,
			hint: `save ${latin} as UTF-8`,
		});
		const wide = join(root, "wide");
		await writeFile(wide, Buffer.from("\uFEFF# PLAN\n", "utf16le"));
		await expect(readUtf8IfExists(wide)).rejects.toMatchObject({
			message: `${wide} is not UTF-8 (PowerShell writes UTF-16)`,
			hint: expect.stringContaining(`in ${root}: iconv -f UTF-16`) as string,
		});
	});

	it("is refused by those who would write it, and stays as it is", async () => {
		const plan = await inLatin("docs/PLAN.md");
		const edit = async (text: string | undefined) => `${text}more\n`;
		await expect(editPlan(root, edit)).rejects.toMatchObject(unusable);
		await expect(formatPlan(root, { entries: "all", contents: true, check: false })).rejects.toMatchObject(unusable);
		const env = await inLatin(".env");
		await expect(editConfig(env, (text) => `${text}A=1\n`)).rejects.toMatchObject(unusable);
		const ignored = await inLatin(".gitignore");
		const options = { schemaPath: join(root, "s.json"), workflows: undefined, force: false, dryRun: false };
		const machine = { shell: systemShell, signal: new AbortController().signal };
		await expect(initProject({ configPath: join(root, "cres.yaml"), ...options, ...machine })).rejects.toMatchObject(
			unusable,
		);
		for (const path of [plan, env, ignored]) expect(await readFile(path)).toEqual(LATIN);
	});

	it("is refused before anything else is changed for it", async () => {
		await inLatin(".env");
		const file = join(root, "cres.yaml");
		const place = { root, file, environment: [], attest: { keys: {}, max_age: 1 } };
		await expect(generateKey(place, "ci", false)).rejects.toMatchObject(unusable);
		await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
	});

	it("is refused by those who would show something else than it says", async () => {
		await inLatin("docs/PLAN.md");
		await inLatin("docs/Perimeter.md");
		await expect(readPlanText(root)).rejects.toMatchObject(unusable);
		await expect(readPerimeter(root)).rejects.toMatchObject(unusable);
		const file = await inLatin("backend.yaml");
		await expect(readSettings({ file })).rejects.toMatchObject({ ...unusable, code: "backend_config_invalid" });
	});
});
