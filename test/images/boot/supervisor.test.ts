import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askPid, control, ended, stopSupervisor } from "../../../images/boot/supervisor.ts";
import { BAD_PEERS, badServer, endsByItself } from "../../support/bad-peers.ts";

let bin = "";
const before = process.env["PATH"]!;
beforeAll(async () => {
	bin = await mkdtemp(join(tmpdir(), "cres-control-"));
	const text = '#!/bin/sh\n[ "$3" = hang ] || { echo "$*"; exit 0; }\ntrap "" TERM; exec sleep 60\n';
	await writeFile(join(bin, "supervisorctl"), text, { mode: 0o755 });
	process.env["PATH"] = bin + delimiter + before;
});
afterAll(async () => {
	process.env["PATH"] = before;
	await rm(bin, { recursive: true });
});

describe("A16: a supervisord that hangs", () => {
	it("holds nobody who has asked it to do something", async () => {
		expect(await control("c.conf", ["restart", "api"])).toBe("-c c.conf restart api\n");
		const error = await endsByItself("control", () => control("c.conf", ["hang"], 200));
		expect(error).toMatchObject({ message: 'supervisord did not do "hang" in 0.2 s' });
	});

	it.each(BAD_PEERS)("is no supervisord when its socket is %s", async (how) => {
		const { socket } = await badServer(how);
		expect(await endsByItself("askPid", async () => expect(await askPid({ socket })).toBeUndefined())).toBeUndefined();
	});

	it("is given up when it does not end", async () => {
		const stubborn = spawn("sh", ["-c", 'trap "" TERM; echo runs; while :; do sleep 0.1; done']);
		await once(stubborn.stdout, "data");
		await expect(stopSupervisor(stubborn.pid!, 300)).rejects.toThrow(/has not ended in 0\.3 s: look at its log/);
		expect(await ended(stubborn.pid!, 50)).toBe(false);
		stubborn.kill("SIGKILL");
		expect(await ended(stubborn.pid!, 5_000)).toBe(true);
	});
});
