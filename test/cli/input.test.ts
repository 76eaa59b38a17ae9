import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readInput, readReport } from "../../src/cli/input.ts";
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

it("an input is its own text, or a file of at most 2 MiB that is there", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-input-"));
	const file = join(directory, "job.json");
	expect(await readInput("https://example.com/talk.mp4")).toBe("https://example.com/talk.mp4");
	expect(await refusal(readInput(`@${file}`))).toMatchObject({ code: "input_missing" });
	await writeFile(file, '{"url":"é"}\n');
	expect(await readInput(`@${file}`)).toBe('{"url":"é"}\n');
	const endless = await refusal(readInput("@/dev/zero"));
	expect(endless).toMatchObject({ code: "usage", message: "/dev/zero has more than 2097152 bytes" });
});
