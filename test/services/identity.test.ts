import { expect, it } from "vitest";
import { identify, leftBy, processIdentity, runs } from "../../src/services/identity.ts";
import { markIn } from "../../src/system/mark.ts";
import { fakeProcesses } from "./fake-processes.ts";

const running = new Map<number, string | undefined>([
	[7, "boot-a/100"],
	[8, undefined],
]);
const { processes } = fakeProcesses(running);

it("knows a process by its pid and its start", async () => {
	const identity = await identify(processes, 7, "registry");
	expect(identity).toEqual({ pid: 7, startedAt: "boot-a/100", program: "registry" });
	expect(await runs(processes, identity)).toBe(true);
});

it.each([
	["started at another time", { pid: 7, startedAt: "boot-a/101", program: "registry" }],
	["started before the system did", { pid: 7, startedAt: "boot-b/100", program: "registry" }],
	["ended before its start was read", { pid: 7, program: "registry" }],
	["gone", { pid: 9, startedAt: "boot-a/100", program: "registry" }],
])("takes no other process for one that is %s", async (_, identity) => {
	expect(await runs(processes, identity)).toBe(false);
});

it("A18: takes no process for its own by the pid alone", async () => {
	const identity = await identify(processes, 8, "registry");
	expect(identity).toEqual({ pid: 8, program: "registry" });
	expect(await runs(processes, identity)).toBe(false);
});

it.each(["", "a"])("takes no record whose mark %j begins the marks of others", (mark) => {
	const { success } = processIdentity.safeParse({ pid: 7, program: "registry", mark });
	expect(success).toBe(false);
});

const MARK = "0123456789abcdef/a/";
const record = { pid: 7, startedAt: "boot/1", program: "a", mark: MARK, uid: 1000 };

it.each([
	["its mark, whoever it runs as by now", { mark: MARK, uid: 65534 }, true],
	["its user, where its mark cannot be seen", { mark: undefined, uid: 1000 }, true],
	["its start, where the system tells neither", {}, true],
	["another mark", { mark: "fedcba9876543210/a/", uid: 1000 }, false],
	["no mark in an environment that can be seen", { mark: null, uid: 1000 }, false],
	["another user, and no mark that can be seen", { mark: undefined, uid: 0 }, false],
])("judges a process of this pid and start by %s", async (_, found, expected) => {
	const one = { ...processes, find: async () => ({ startedAt: "boot/1", ...found }) };
	expect(await runs(one, record)).toBe(expected);
});

it("keeps who a process runs as, and where, on record", async () => {
	const found = { startedAt: "boot/1", mark: MARK, uid: 1000, cwd: "/srv" };
	const identity = await identify({ ...processes, find: async () => found }, 7, "a", MARK);
	expect(identity).toEqual({ ...record, cwd: "/srv" });
});

const hidden = { mark: undefined, uid: 1000, cwd: "/srv/.cres/backend" };

it.each([
	["its mark, wherever it works by now", { mark: `${MARK}child`, uid: 1, cwd: "/" }, true],
	["its user and its folder, where its mark cannot be seen", hidden, true],
	["another folder", { ...hidden, cwd: "/srv" }, false],
	["a folder that is not told", { ...hidden, cwd: undefined }, false],
	["another user", { ...hidden, uid: 0 }, false],
	["another mark", { ...hidden, mark: "fedcba9876543210/a/" }, false],
	["no mark in an environment that can be seen", { ...hidden, mark: null }, false],
	["another start of the system", { ...hidden, startedAt: "other/9" }, false],
])("judges what is left of the group of one that ended by %s", async (_, found, expected) => {
	const left = { ...processes, bereaved: async () => [8], find: async () => ({ startedAt: "boot/9", ...found }) };
	expect(await leftBy(left, { ...record, cwd: hidden.cwd })).toEqual(expected ? [8] : []);
});

it("takes nothing of a group for its own by a record that is too old to say whose it is", async () => {
	const left = { ...processes, bereaved: async () => [8], find: async () => ({ startedAt: "boot/9", ...hidden }) };
	expect(await leftBy(left, record)).toEqual([]);
	expect(await leftBy(left, { pid: 7, startedAt: "boot/1", program: "a", uid: 1000, cwd: hidden.cwd })).toEqual([]);
	expect(await leftBy(left, { pid: 7, program: "a", mark: MARK, uid: 1000, cwd: hidden.cwd })).toEqual([]);
});

it.each([
	["A=1\0CRES_SERVICE_MARK=x/y/\0B=2\0", "x/y/"],
	["A=1\0B=CRES_SERVICE_MARK=x\0", null],
	["", null],
	["cess nginx -g daemon off;\0\0\0\0", undefined],
	["A=b\0\0\0", undefined],
	[undefined, undefined],
])("reads the mark of %j", (text, mark) => {
	expect(markIn(text)).toBe(mark);
});
