import { expect, it } from "vitest";
import { type RunProgram, runProgram } from "../../../images/runtime/program.ts";
import { programChecks } from "../../../images/self-test/node-checks.ts";

/** The programs of the image that a test has not. */
const run: RunProgram = (file, args, options) =>
	file === "python3" ? runProgram(file, args, options) : Promise.resolve({ exitCode: 0, stdout: "1.0", stderr: "" });

it("says whether programs of downloads are held to the proxy of their job", async () => {
	const checks = await programChecks(run, AbortSignal.timeout(20_000));
	expect(checks.map(({ id, ok }) => `${id} ${ok}`)).toEqual(["node true", "ffmpeg true", "yt-dlp true", "egress true"]);
	expect(checks.at(-1)!.observed).toBe("held to the proxy of their job (seccomp)");
});
