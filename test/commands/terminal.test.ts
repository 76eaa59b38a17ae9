import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { keepLog } from "../../src/state/kept-logs.ts";
import { stateDirectory } from "../../src/state/directory.ts";
import { PLANTED, obeyed } from "../support/hostile.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { loopbackTemporal } from "../temporal/loopback-temporal.ts";
import { json, plain, rawContract, startPlatform, type Platform } from "../vast/platform.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const RELEASE = "20261129T101500.123-7";
const SECRET = "sentinel-of-the-terminal";

let vast: Platform;
let directory: string;
let other: string;
beforeAll(async () => {
	vast = await startPlatform();
	[directory, other] = await Promise.all([project("127.0.0.1:1"), project("127.0.0.1:1")]);
});
afterAll(() => vast.close());

/** A project whose registry, store and host answer nobody. */
async function project(temporal: string): Promise<string> {
	const root = await mkdtemp(join(tmpdir(), "cres-terminal-"));
	await mkdir(join(root, "docs"));
	const file = join(root, "cres.yaml");
	const settings = {
		project: "terminal",
		image: { repository: "owner/app" },
		registry: { push: { address: "127.0.0.1:1", tls: false } },
		temporal: { address: temporal },
		store: { endpoint: "127.0.0.1:1" },
		queue: "clips",
		instances: {
			"cpu-1": { driver: "docker", host: "127.0.0.1", port: 1, user: "root", key: "/none", roles: ["cpu"] },
			"gpu-1": { driver: "vast", id: 11, key: "/none", roles: ["gpu"] },
		},
	};
	await writeFile(file, stringify(settings));
	await writeFile(join(root, ".env"), `VAST_API_KEY=${SECRET}\nVAST_URL=${vast.url}\n`, { mode: 0o600 });
	const line = { at: "2026-11-29T10:15:00.000Z", program: "worker", text: `said ${PLANTED}` };
	await keepLog(stateDirectory(file, "default"), "cpu-1", RELEASE, [line]);
	return root;
}

describe("A9: with --json stdout holds one JSON value and stderr the talk", () => {
	const FAMILIES = [
		...["version", "config", "exit-codes", "releases", "status", "pollers", "doctor", "build app"],
		...["deploy cpu-1", "deploy --all", "rollback cpu-1", "start cpu-1", "stop cpu-1", "restart gpu-1"],
		...["run video --input http://127.0.0.1:1/a.mp4", "job list", "job cancel none", "logs cpu-1"],
		...[`logs cpu-1 --release ${RELEASE}`, "exec cpu-1 -- true", "ssh cpu-1", "tunnel cpu-1", "self-test cpu-1"],
		...["lock show cpu-1", "lock break cpu-1", "endpoint show", "endpoint discover gpu-1", "endpoint rotate gpu-1"],
		...["instance list", "instance adopt cpu-1", "instance remove cpu-1", "models list", "perimeter show"],
		...["perimeter check", "control prepare", "rehearse status", "deplyo", "deploy --nonsense"],
	];

	it.each(FAMILIES)("cres %s", async (line) => {
		vast.next(json({ success: true, instances: [rawContract(11, { status_msg: PLANTED })], next_token: null }));
		const [command, ...behind] = line.split(" -- ");
		const args = [...command!.split(" "), "--json", ...(behind.length > 0 ? ["--", ...behind] : [])];
		const [file, terminal] = await Promise.all([
			onTerminal(directory, "file", args),
			onTerminal(other, "terminal", args), // two at once would wait for the lease
		]);
		for (const { stdout, stderr } of [file, terminal]) {
			expect(JSON.parse(stdout)).toBeTypeOf("object");
			expect(obeyed(stdout)).toEqual([]);
			expect(stdout).not.toContain("\u001B");
			expect(obeyed(stderr)).toEqual([]);
			expect(stderr).not.toContain(SECRET);
		}
		expect(file.code).toBe(terminal.code);
		expect(file.code).not.toBe(70);
	});

	it("shows work and its failure on stderr alone, redacted", async () => {
		vast.next(plain(`${SECRET} said ${PLANTED}`, 400));
		const { stdout, stderr } = await onTerminal(directory, "file", ["endpoint", "rotate", "gpu-1", "--json"]);
		expect(JSON.parse(stdout)).toHaveProperty("error.code");
		expect(stderr).toContain("\u001B[?25l"); // a spinner
		expect(stderr).toContain("ask Vast and log in");
		expect(stderr).toContain("[redacted] said");
		expect(stderr).not.toContain(SECRET);
		expect(obeyed(stderr)).toEqual([]);
	});
});

describe("A10: what strangers wrote moves no terminal", () => {
	const both = async (root: string, ...args: string[]) => {
		const { stdout, stderr } = await onTerminal(root, "terminal", args);
		return `${stdout}${stderr}`;
	};

	it("in the identity of a poller", async () => {
		const { world, address } = await loopbackTemporal();
		world.polls.set("clips@cpu 1", [{ identity: `cpu@${PLANTED}`, atMs: Date.now() }]);
		const shown = await both(await project(address), "pollers", "--all");
		expect(shown).toContain("\\u001b]52;c;cm0gLXJmIC8=\\u0007");
		expect(obeyed(shown)).toEqual([]);
	});

	it("in the result of a job", async () => {
		const { world, address } = await loopbackTemporal();
		const root = await project(address);
		const stored = { key: `videos/${PLANTED}`, bytes: 1, sha256: "0".repeat(64), contentType: "video/mp4" };
		const files = { bucket: "cres", video: stored, audio: stored, info: stored };
		const result = {
			videoId: "a",
			title: PLANTED,
			url: "http://m.test/a",
			durationSeconds: 1,
			worker: PLANTED,
			...files,
		};
		const data = Buffer.from(JSON.stringify(result));
		const payloads = { payloads: [{ metadata: { encoding: Buffer.from("json/plain") }, data }] };
		for (const [queue, types] of Object.entries({ "clips@cpu": [1, 2], "clips@gpu": [1, 2] }))
			for (const type of types) world.polls.set(`${queue} ${type}`, [{ identity: "w", atMs: Date.now() }]);
		const ending = setInterval(() => {
			for (const one of world.executions.values())
				Object.assign(one, { status: 2, end: { workflowExecutionCompletedEventAttributes: { result: payloads } } });
		}, 50);
		const shown = await both(root, "run", "video", "--input", "http://m.test/a.mp4").finally(() =>
			clearInterval(ending),
		);
		expect(shown).toContain("cm0gLXJmIC8=");
		expect(obeyed(shown)).toEqual([]);
	});

	it("in the reason of a failed job", async () => {
		const { world, address } = await loopbackTemporal();
		world.failures = Array.from({ length: 9 }, () => [3, `it said ${PLANTED}`] as const);
		const shown = await both(await project(address), "job", "list");
		expect(shown).toContain("cm0gLXJmIC8=");
		expect(obeyed(shown)).toEqual([]);
	});

	it("in Vast's status message and answers", async () => {
		const hostile = { status_msg: PLANTED, gpu_name: PLANTED, label: `cres/terminal/${PLANTED}`, image_uuid: PLANTED };
		vast.next(
			json({ success: true, instances: [rawContract(11, hostile), rawContract(12, hostile)], next_token: null }),
		);
		const shown = await both(directory, "instance", "list");
		expect(shown).toContain("cm0gLXJmIC8=");
		expect(obeyed(shown)).toEqual([]);
	});

	it("in a log", async () => {
		const shown = await both(directory, "logs", "cpu-1", "--release", RELEASE);
		expect(shown).toContain("worker      | said \\u001b]52;c;cm0gLXJmIC8=\\u0007 ");
		expect(obeyed(shown)).toEqual([]);
	});

	it("in a word of the command line", async () => {
		expect(obeyed(await both(directory, `deplyo${PLANTED}`))).toEqual([]);
		expect(obeyed(await both(directory, "deploy", PLANTED))).toEqual([]);
	});
});
