import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { readInput, readReport } from "../../src/cli/input.ts";
import { refusal } from "../support/refusal.ts";
import { ROOT } from "../support/sources.ts";

const never = new AbortController().signal;

it("a report is a file of at most 1 MiB that is there", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-input-"));
	const file = join(directory, "drift.md");
	expect(await refusal(readReport(file, never))).toMatchObject({ code: "input_missing" });
	await writeFile(file, "cpu-1 runs another image\n");
	expect(await readReport(file, never)).toBe("cpu-1 runs another image\n");
	await writeFile(file, "x".repeat(1024 * 1024 + 1));
	expect(await refusal(readReport(file, never))).toMatchObject({
		code: "usage",
		message: `${file} has more than 1048576 bytes`,
	});
});

it("an input is its own text, or a file of at most 2 MiB that is there", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-input-"));
	const file = join(directory, "job.json");
	expect(await readInput("https://example.com/talk.mp4", never)).toBe("https://example.com/talk.mp4");
	expect(await refusal(readInput(`@${file}`, never))).toMatchObject({ code: "input_missing" });
	await writeFile(file, '{"url":"é"}\n');
	expect(await readInput(`@${file}`, never)).toBe('{"url":"é"}\n');
	const endless = await refusal(readInput("@/dev/zero", never));
	expect(endless).toMatchObject({ code: "usage", message: "/dev/zero has more than 2097152 bytes" });
});

const READS = `
	import { readReport } from ${JSON.stringify(pathToFileURL(join(ROOT, "src/cli/input.ts")).href)};
	const stop = new AbortController();
	process.on("SIGINT", () => stop.abort(new Error("stopped")));
	process.stdout.write("reads\\n");
	await readReport("-", stop.signal).catch(({ message }) => process.stdout.write(message));
`;

it("standard input that stays open holds up no command that is stopped", async () => {
	const child = spawn(process.execPath, ["--input-type=module", "-e", READS], { stdio: ["pipe", "pipe", "inherit"] });
	child.stdin.write("the beginning of a report");
	child.stdout.once("data", () => child.kill("SIGINT"));
	const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, "close")]);
	expect([said, exitCode]).toEqual(["reads\nstopped", 0]);
});
