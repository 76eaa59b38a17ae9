import { expect, it } from "vitest";
import { identify, processIdentity, runs } from "../../src/services/identity.ts";
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
