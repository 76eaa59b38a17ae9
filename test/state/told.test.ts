import { mkdir, readFile, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { UserError } from "../../src/errors/errors.ts";
import { endpointHistory, recordEndpoint, recordedEndpoint, type Endpoint } from "../../src/state/endpoints.ts";
import { pinnedHostKey } from "../../src/state/host-keys.ts";
import type { JournalEvent } from "../../src/state/journal-events.ts";
import { openJournal, unfinishedRollout } from "../../src/state/journal.ts";
import { dockerAlias, knownHostsPath, trust, withHostKey } from "../../src/state/known-hosts.ts";
import { lastBuild, rememberBuild } from "../../src/state/last-build.ts";
import { leaseHeld, leaseLost } from "../../src/state/lease-errors.ts";
import { takeLocalLease } from "../../src/state/leases.ts";
import { readPendingRotation } from "../../src/state/pending-rotation.ts";
import { settableClock, temporaryDirectory } from "./temporary.ts";

let state: string;
beforeEach(async () => {
	state = await temporaryDirectory();
});

const torn = async (...path: string[]) => {
	await mkdir(dirname(join(state, ...path)), { recursive: true });
	await writeFile(join(state, ...path), "{");
};
const hintOf = (reading: Promise<unknown>) =>
	reading.then(
		() => "it was read",
		(error: UserError) => `${error.code}: ${error.hint}`,
	);

describe("a record that cannot be read names the command that makes it again", () => {
	it.each([
		["endpoints.json", "cres endpoint discover INSTANCE", () => recordedEndpoint(state, "gpu-1")],
		["host-keys.json", "cres instance adopt INSTANCE", () => pinnedHostKey(state, "cpu-1")],
		["last-build.json", "cres build all --push", () => lastBuild(state, "cpu")],
		["last-build-cuda.json", "cres build all --push --flavour cuda", () => lastBuild(state, "cuda")],
		["rotations/gpu-1.json", "cres endpoint rotate gpu-1", () => readPendingRotation(state, "gpu-1")],
	])("%s: %s", async (path, command, read) => {
		await torn(...path.split("/"));
		const hint = await hintOf(read());
		expect(hint).toMatch(/^state_unreadable: /);
		expect(`${hint} `).toMatch(new RegExp(`${command}(?! --flavour)[^-\\w]`));
	});
});

describe("the files of a state directory", () => {
	it("are one for each flavour, and a folder of leases", async () => {
		const digest = `sha256:${"0".repeat(64)}`;
		for (const flavour of ["cpu", "cuda"] as const)
			await rememberBuild(state, flavour, { digest, buildId: flavour, pushedAt: "" });
		const lease = await takeLocalLease(state, "gpu-1", "deploy", { clock: settableClock() });
		await lease.release();
		expect((await readdir(state)).toSorted()).toEqual(["last-build-cuda.json", "last-build.json", "leases"]);
		expect((await readFile(join(state, "last-build.json"), "utf8")).split("\n")[1]).toMatch(/^\t"/);
	});
});

describe("a lease that somebody else has", () => {
	const claim = { owner: "ann@pc", host: "pc", pid: 7, purpose: "deploy", since: 61_000 };

	it("is told with who has it, for how long, and how to look", () => {
		expect(leaseHeld("gpu-1", claim, 73_000)).toMatchObject({
			...{ code: "lease_held", message: "gpu-1 is locked by ann@pc (pid 7) for 12.0 s: deploy" },
			hint: "wait, or look: cres lock show gpu-1",
		});
		expect(leaseHeld("gpu-1", claim, 0).message).toContain("for 0 ms: ");
	});

	it("is lost to that one, or nobody knows to whom", () => {
		expect(leaseLost("gpu-1", claim).message).toContain("was lost to ann@pc (pid 7): deploy; nothing more");
		expect(leaseLost("gpu-1", undefined).message).toContain("was lost; nothing more");
	});
});

describe("the history of endpoints", () => {
	const endpoint: Endpoint = {
		...{ host: "203.0.113.7", port: 1, via: "direct", generation: 1, contract: 8 },
		...{ fingerprint: "SHA256:a", verifiedBy: "log", since: "" },
	};

	it("has a line for each host, port and generation", async () => {
		for (const change of [{}, {}, { port: 2 }, { port: 2, generation: 2 }, { port: 2, generation: 2, host: "h" }])
			await recordEndpoint(state, "gpu-1", { ...endpoint, ...change });
		expect(
			(await endpointHistory(state, "gpu-1")).map(({ host, port, generation }) => [host, port, generation]),
		).toEqual([
			["203.0.113.7", 1, 1],
			["203.0.113.7", 2, 1],
			["203.0.113.7", 2, 2],
			["h", 2, 2],
		]);
	});
});

describe("a text of known_hosts", () => {
	it("has one key of an alias; of a contract that of its present life", () => {
		expect(dockerAlias("cpu-1")).toBe("cres-cpu-1");
		const text = withHostKey(
			"cres-cpu-1 ssh-ed25519 OLD\r\ncres-cpu-2 ssh-ed25519 B\r\n",
			"cres-cpu-1",
			"ssh-ed25519 A",
		);
		expect(text).toBe("cres-cpu-2 ssh-ed25519 B\ncres-cpu-1 ssh-ed25519 A\n");
		const lives = "vast-8-g9 K\nvast-8-g10 K\nvast-88-g1 K\nvast-8-gx K\n";
		expect(withHostKey(lives, "vast-8-g12", "N")).toBe("vast-88-g1 K\nvast-8-g12 N\n");
		for (const alias of ["my-vast-8-g12", "vast-8-g12-b"])
			expect(withHostKey("vast-8-g9 K\n", alias, "N")).toBe(`vast-8-g9 K\n${alias} N\n`);
		expect(withHostKey("vast-8-g12 N\nb B\n", "vast-8-g12", "N")).toBe("vast-8-g12 N\nb B\n");
		expect(withHostKey("", "a", "K")).toBe("a K\n");
	});

	it("is not written again when the key is there", async () => {
		await trust(state, "a", "K");
		const path = knownHostsPath(state);
		const { ino } = await stat(path);
		await utimes(path, 1, 1);
		await trust(state, "a", "K");
		expect(await stat(path)).toMatchObject({ ino, mtimeMs: 1_000 });
		expect(await readFile(path, "utf8")).toBe("a K\n");
	});
});

describe("a rollout that has no end", () => {
	const ID = "20261123T101500.123-7";
	const begin: JournalEvent = { event: "begin", purpose: "rollback", token: 7, owner: "ann@pc" };
	const last = async (...events: JournalEvent[]) => {
		const journal = openJournal(state, "cpu-1", ID, settableClock());
		for (const event of events) await journal.write(event);
		return unfinishedRollout(state, "cpu-1");
	};

	it.each([
		[{ ...begin }, "begin rollback"],
		[{ event: "step", kind: "pull", title: "t", phase: "prepare" }, "step pull"],
		[{ event: "done", kind: "pull", ms: 1 }, "done pull"],
		[{ event: "failed", kind: "pull", code: "c", message: "m" }, "failed pull"],
		[{ event: "failed", kind: null, code: "c", message: "m" }, "failed"],
		[{ event: "note", text: "once more" }, "note once more"],
		[{ event: "log", lines: ["a", "b"] }, "log"],
	] as [JournalEvent, string][])("tells the last it wrote: %j", async (event, told) => {
		expect(await last(begin, event)).toMatchObject({ id: ID, purpose: "rollback", last: told });
	});

	it("has no purpose where its beginning was torn, and is none without a line", async () => {
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
		expect(await last({ event: "note", text: "x" })).toMatchObject({ purpose: "unknown", kinds: [] });
		await writeFile(join(state, "journal", "cpu-1", "20261124T101500.123-8.jsonl"), "");
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
	});

	it("is not mistaken for another file beside it, and a journal that is no folder is told", async () => {
		expect(await last(begin)).toMatchObject({ id: ID });
		await writeFile(join(state, "journal", "cpu-1", "zzz.jsonl.swp"), "x");
		expect(await unfinishedRollout(state, "cpu-1")).toMatchObject({ id: ID });
		await writeFile(join(state, "journal", "cpu-2"), "");
		await expect(unfinishedRollout(state, "cpu-2")).rejects.toMatchObject({ code: "ENOTDIR" });
	});
});
