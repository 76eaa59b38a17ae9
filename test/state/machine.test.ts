import { readFileSync, readlinkSync, statSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { machineOf, textOf, thisMachine, tracesHere, type Traces } from "../../src/state/machine.ts";

const INITIAL = "pid:[4026531836]";
const HOST: Traces = {
	...{ space: INITIAL, machine: "0123456789abcdef0123456789abcdef", boot: "b-1", home: "7/1800000000000000000" },
};
const CONTAINER: Traces = { ...HOST, space: "pid:[4026532758]" };
const WINDOWS: Traces = { space: undefined, machine: undefined, boot: undefined, home: HOST.home };
const of = (traces: Traces, change: Partial<Traces> = {}) => machineOf({ ...traces, ...change });

describe("a machine", () => {
	it("is the same before and after its boot, for all of its users", () => {
		expect(of(HOST)).toMatch(/^[0-9a-f]{16}$/);
		expect(of(HOST, { boot: "b-2", home: "8/1" })).toBe(of(HOST));
	});

	it("does not show its id", () => {
		expect(of(HOST)).not.toContain(HOST.machine!.slice(0, 8));
	});

	it("is told from another one, whatever both are called", () => {
		expect(of(HOST, { machine: "f".repeat(32) })).not.toBe(of(HOST));
	});

	it.each([undefined, "", "uninitialized", `${"f".repeat(32)}0`, `x${"f".repeat(32)}`])(
		"with the id %j is known by its boot",
		(machine) => {
			expect(of(HOST, { machine, home: "8/1" })).toBe(of(HOST, { machine: undefined }));
			expect(of(HOST, { machine, boot: "b-2" })).not.toBe(of(HOST, { machine }));
		},
	);

	it("without either is known by the user's folder", () => {
		expect(of(WINDOWS)).toMatch(/^[0-9a-f]{16}$/);
		expect(of(WINDOWS, { home: "7/1900000000000000000" })).not.toBe(of(WINDOWS));
		expect(of(WINDOWS, { home: undefined })).toBeUndefined();
	});
});

describe("a container", () => {
	it("is not its host, nor another container", () => {
		expect(of(CONTAINER)).not.toBe(of(HOST));
		expect(of(CONTAINER)).not.toBe(of(CONTAINER, { space: "pid:[4026532759]" }));
	});

	it("is known by the boot of its kernel, because the id may be that of its image", () => {
		expect(of(CONTAINER, { machine: "f".repeat(32) })).toBe(of(CONTAINER));
		expect(of(CONTAINER, { boot: "b-2" })).not.toBe(of(CONTAINER));
	});
});

it("is told by what the system says of this process", () => {
	const { ino, birthtimeNs } = statSync(homedir(), { bigint: true });
	expect(tracesHere()).toEqual({
		space: readlinkSync("/proc/self/ns/pid"),
		machine: textOf("/etc/machine-id")?.replace(/\n$/, ""),
		boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").replace(/\n$/, ""),
		home: `${ino}/${birthtimeNs}`,
	});
	expect(textOf("/no/such/file")).toBeUndefined();
	expect(thisMachine()).toBe(machineOf(tracesHere()));
});

it("tells this machine, always the same, and not by its name", () => {
	expect(thisMachine()).toMatch(/^[0-9a-f]{16}$/);
	expect(thisMachine()).toBe(thisMachine());
	expect(thisMachine()).not.toContain(hostname());
});
