import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { boot } from "../../src/control/boot.ts";
import { stop } from "../../src/control/stop.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { silent } from "../../src/system/progress.ts";
import { controlWorld, web } from "../support/control-world.ts";
import { freePort } from "../support/free-ports.ts";
import { mountTmpfs } from "../support/tmpfs.ts";

it("is stopped on a full disk, without a lock, and says so", async () => {
	const notes: string[] = [];
	const progress = { ...silent, note: (text: string) => void notes.push(text) };
	const world = await controlWorld({ api: web(await freePort()) }, { progress });
	const { state } = world.ports.config;
	await mkdir(state, { recursive: true });
	const disk = await mountTmpfs(state, 1_000_000);
	const filler = join(state, "filler");
	onTestFinished(async () => {
		await rm(filler, { force: true });
		await world.remove();
		await disk[Symbol.asyncDispose]();
	});
	const { pid } = (await boot(world.ports, [])).services[0]!;
	await expect(writeFile(filler, Buffer.alloc(2_000_000))).rejects.toThrow("ENOSPC");
	expect((await stop(world.ports, [])).services).toMatchObject([{ service: "api", outcome: "stopped" }]);
	expect(await systemProcesses.find(pid!)).toBeUndefined();
	expect(notes).toEqual([
		expect.stringMatching(/lock cannot be written \(ENOSPC\); cres control stop goes on without/),
	]);
});
