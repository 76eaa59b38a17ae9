import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readReport } from "../../src/cli/input.ts";
import { refusal } from "../support/refusal.ts";

it("a report is a file of at most 1 MiB that is there", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-input-"));
	const file = join(directory, "drift.md");
	expect(await refusal(readReport(file))).toMatchObject({ code: "input_missing" });
	await writeFile(file, "cpu-1 runs another image\n");
	expect(await readReport(file)).toBe("cpu-1 runs another image\n");
	await writeFile(file, "x".repeat(1024 * 1024 + 1));
	expect(await refusal(readReport(file))).toMatchObject({
		code: "usage",
		message: `${file} has more than 1048576 bytes`,
	});
});
