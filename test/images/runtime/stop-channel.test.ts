import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { SERVICE_MARK, STOP_WORD, stopChannel } from "../../../src/contracts/stop-channel.ts";
import { MARK } from "../../../src/system/mark.ts";
import { sayAt, stopPipe } from "../../../src/system/named-pipe.ts";
import { ROOT } from "../../support/sources.ts";

/** A program that listens at `path` and ends by itself when it is told to; else it stays for a minute. */
async function program() {
	const path = join(await mkdtemp(join(tmpdir(), "cres-told-")), "pipe");
	const file = JSON.stringify(join(ROOT, "images/runtime/stop-channel.ts"));
	const code = `import { listenForStop } from ${file};
		const stay = setTimeout(() => {}, 60_000);
		listenForStop(${JSON.stringify(path)}, () => { process.exitCode = 5; clearTimeout(stay); });
		console.log("listens");`;
	const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", code], {
		stdio: ["ignore", "pipe", 2],
	});
	onTestFinished(() => void child.kill("SIGKILL"));
	await once(child.stdout!, "data");
	return { path, child };
}

it("is where the toolkit speaks, under the same names", () => {
	expect(SERVICE_MARK).toBe(MARK);
	expect(stopPipe("a1")).toBe(stopChannel("a1"));
	expect(stopPipe("a1")).toBe("\\\\.\\pipe\\cres-stop-a1");
});

it("ends a program by the word alone, and does not keep it alive", async () => {
	const { path, child } = await program();
	expect(await sayAt(path, "stay")).toBe(true);
	expect(await sayAt(path, "stop it\n")).toBe(true);
	expect(await sayAt(path, "")).toBe(true);
	expect(child.exitCode).toBeNull();
	expect(await sayAt(path, STOP_WORD)).toBe(true);
	expect(await once(child, "exit")).toEqual([5, null]);
}, 30_000);

it("is told nothing where nobody listens", async () => {
	expect(await sayAt("/nowhere/pipe", STOP_WORD)).toBe(false);
});
