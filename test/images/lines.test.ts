import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { followLines } from "./lines.ts";

it("finds the last line of a process that has gone before it was read", async () => {
	const child = spawn(process.execPath, ["-e", "process.stdout.write('first\\nlast\\n')"], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	const { line } = followLines(child.stdout);
	await once(child, "close");
	expect(await line("last")).toBe("last");
	await expect(line("never")).rejects.toThrow('ended without "never": first\nlast');
});
