import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProbe, probe } from "../../../src/instances/vast/probe.ts";
import type { SshSession } from "../../../src/instances/ssh/session.ts";
import { refusal } from "../../support/refusal.ts";

const said = [
	"cres-probe-begin",
	"container_id=36717044",
	"rollout=20261125T101500.123-1",
	"worker_container=89abcdef",
	'build_info={"buildId":"0123456789ab","revision":"r","version":"1","created":"c"}',
	"worker=RUNNING",
	"worker_pid=42",
	"cres-probe-end",
];
const parsed = {
	contract: 36717044,
	buildId: "0123456789ab",
	rollout: "20261125T101500.123-1",
	container: "89abcdef",
	worker: "RUNNING",
	workerPid: 42,
};

describe("parseProbe", () => {
	it("reads what a container says of itself", () => {
		expect(parseProbe(`${said.join("\n")}\n`)).toEqual(parsed);
	});

	it("F71: hears it through the noise of a login shell", () => {
		const noise = "Welcome to vast.ai.\r\nopen terminal failed: not a terminal\r\n";
		expect(parseProbe(`${noise}${said.join("\r\n")}\r\nbye`)).toEqual(parsed);
	});

	it("knows a container of somebody else by what it does not say", () => {
		expect(parseProbe("cres-probe-begin\nworker_container=\nbuild_info=\nworker_pid=no\ncres-probe-end\n")).toEqual({
			contract: undefined,
			buildId: undefined,
			rollout: undefined,
			container: undefined,
			worker: "none",
			workerPid: undefined,
		});
	});

	it("is undefined where there was no answer, and takes any text", () => {
		expect(parseProbe("")).toBeUndefined();
		expect(parseProbe("cres-probe-end\ncres-probe-begin")).toBeUndefined();
		fc.assert(fc.property(fc.string(), (text) => void parseProbe(`cres-probe-begin\n${text}\ncres-probe-end`)));
	});
});

describe("asking a container who it is", () => {
	const asking = (exec: SshSession["exec"]) => probe("gpu-1", { exec } as SshSession);

	it("is a script that a POSIX shell runs, wherever it is", async () => {
		const exec: SshSession["exec"] = async ([program, ...argv]) => ({
			...(await promisify(execFile)(program!, argv)),
			exitCode: 0,
		});
		expect(await asking(exec)).toMatchObject({ buildId: undefined, rollout: undefined, worker: "none" });
	});

	it("is told to have failed with what its shell says", async () => {
		const result = { stdout: "This account is not available.", stderr: ` no\n${"x".repeat(300)}`, exitCode: 1 };
		expect(await refusal(asking(async () => result))).toEqual({
			code: "probe_failed",
			message: `gpu-1 does not answer over ssh (exit 1): no\n${"x".repeat(197)}`,
			hint: "cres ssh gpu-1, to see what its shell says",
		});
	});
});
