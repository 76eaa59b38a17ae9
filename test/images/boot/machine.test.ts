import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { makeCgroups, oomKills } from "../../../images/boot/cgroup.ts";
import { coresOf, readQuota } from "../../../images/boot/machine.ts";
import { parseStatus, treeOf } from "../../../images/boot/memory.ts";
import { formatWatched, judge, parseWatched } from "../../../images/boot/watch.ts";

const made: string[] = [];
afterEach(async () => {
	await Promise.all(made.splice(0).map((directory) => rm(directory, { recursive: true })));
});

async function files(contents: Record<string, string>): Promise<string> {
	const root = await mkdtemp(join(tmpdir(), "cres-machine-"));
	made.push(root);
	for (const [path, text] of Object.entries(contents)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), text);
	}
	return root;
}

describe("cores", () => {
	const rows: [string, Record<string, string>, number | undefined][] = [
		["version 2", { "cpu.max": "150000 100000\n" }, 1.5],
		["version 2 without a quota", { "cpu.max": "max 100000\n" }, undefined],
		["version 1", { "cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n" }, 2],
		["version 1 without a quota", { "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n" }, undefined],
		["no cgroup", {}, undefined],
	];

	it.each(rows)("quota of %s", async (_name, contents, quota) => {
		expect(await readQuota(await files(contents))).toBe(quota);
	});

	it("are whole, one at least, and no more than affinity allows", () => {
		expect([coresOf(8, 1.5), coresOf(8, 0.1), coresOf(2, 6), coresOf(4, undefined)]).toEqual([2, 1, 2, 4]);
	});
});

describe("makeCgroups", () => {
	const limits = new Map([["llama", 3_000] as const, ["api", 1_000] as const]);

	it("limits each program but llama, whose model would count (version 1)", async () => {
		const root = await files({ "memory/docker/1/tasks": "", self: "9:cpu:/\n4:memory:/docker/1\n" });
		const directory = join(root, "memory/docker/1/cres-api");
		expect(await makeCgroups(limits, root, join(root, "self"))).toEqual(new Map([["api", directory]]));
		expect(await readFile(join(directory, "memory.limit_in_bytes"), "utf8")).toBe("1000");
	});

	it("moves the container's processes aside first (version 2)", async () => {
		const root = await files({ "cgroup.controllers": "memory", "cgroup.procs": "1\n7\n" });
		expect(await makeCgroups(limits, root)).toEqual(new Map([["api", join(root, "cres-api")]]));
		const texts = ["cres-init/cgroup.procs", "cgroup.subtree_control", "cres-api/memory.max"];
		expect(await Promise.all(texts.map((path) => readFile(join(root, path), "utf8")))).toEqual([
			"7",
			"+memory",
			"1000",
		]);
	});

	it("makes none where it may not", async () => {
		expect(await makeCgroups(limits, "/proc/1")).toEqual(new Map());
	});

	it("counts what the kernel has ended", async () => {
		const root = await files({ "memory.events": "low 0\noom 3\noom_kill 2\n" });
		expect([await oomKills(root), await oomKills("/nowhere")]).toEqual([2, 0]);
	});
});

describe("memory", () => {
	const status = (pid: number, parent: number, anonymous: number, swap = 0) =>
		`Name:\tnode\nPid:\t${pid}\nPPid:\t${parent}\nVmRSS:\t 99999 kB\nRssAnon:\t ${anonymous} kB\nRssFile:\t 5 kB\nVmSwap:\t ${swap} kB\n`;

	it("counts anonymous pages and swap, no files", () => {
		expect(parseStatus(status(7, 1, 100, 20))).toEqual({ pid: 7, parent: 1, anonymous: 120 * 1024 });
		expect(parseStatus("Name:\tkthreadd\nPid:\t2\nPPid:\t0\n")).toEqual({ pid: 2, parent: 0, anonymous: 0 });
		expect(parseStatus("")).toBeUndefined();
	});

	it("takes a program with all its children", () => {
		const processes = [status(1, 0, 1), status(7, 1, 1), status(8, 7, 1), status(9, 8, 1), status(10, 1, 1)];
		const all = processes.map((text) => parseStatus(text)!);
		expect(treeOf(7, all).map(({ pid }) => pid)).toEqual([7, 8, 9]);
	});

	it("restarts what is over its limit, and kills what grows on while it ends", () => {
		const api = parseWatched("api=1000");
		expect([judge(api, 1000, false), judge(api, 1001, false), judge(api, 1250, true), judge(api, 1251, true)]).toEqual([
			"well",
			"restart",
			"well",
			"kill",
		]);
	});

	it("reads limits as they are written", () => {
		const all = [{ name: "api", limit: 1000 } as const, { name: "worker-cpu", limit: 5, cgroup: "/sys/x@y" } as const];
		expect(all.map((one) => parseWatched(formatWatched(one)))).toEqual(all);
		expect(() => parseWatched("nginx=5")).toThrow("not a limit: nginx=5");
	});
});
