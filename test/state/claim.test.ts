import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { claimOf, mayRun, type Claim } from "../../src/state/claim.ts";
import { thisMachine } from "../../src/state/machine.ts";
import { settableClock } from "./temporary.ts";

const NOW = 1_800_000_000_000;
const { boot, started, ...claim } = claimOf("deploy", settableClock(NOW));
const may = (of: Partial<Claim>) => mayRun({ ...claim, ...of });
/** Above Linux's largest pid. */
const NOBODY = 2 ** 22 + 1;

describe("a claim", () => {
	it("says who asks, for what and since when", () => {
		expect(claim).toEqual({
			...{ owner: `${userInfo().username}@${hostname()}`, host: hostname(), pid: process.pid },
			...{ machine: thisMachine(), purpose: "deploy", since: NOW },
		});
	});

	it("names its boot and when its process started in it", () => {
		expect(boot).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
		const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
		expect(started).toBe(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
		expect(may({ boot: boot!, started: started! })).toBe(true);
	});
});

describe("the process of a claim", () => {
	it("is believed on another host, and known here by its pid alone where that is all", () => {
		expect(may({ host: "elsewhere", pid: NOBODY })).toBe(true);
		expect(may({ pid: NOBODY })).toBe(false);
		expect(may({})).toBe(true);
	});

	it("is believed on another machine of the same name, or where nobody told the machine", () => {
		const gone = { pid: NOBODY, boot: "another", started: "1" };
		expect(may({ ...gone, machine: "another" })).toBe(true);
		const { machine: _machine, ...earlier } = claim;
		expect(mayRun({ ...earlier, ...gone })).toBe(true);
		expect(may(gone)).toBe(false);
	});

	it("is gone with its boot, or when its pid is another process's now", () => {
		expect(may({ boot: "another" })).toBe(false);
		expect(may({ boot: boot!, started: "1" })).toBe(false);
		expect(may({ started: "1" })).toBe(false);
	});

	it("is known also when it is somebody else's", () => {
		expect(may({ pid: 1 })).toBe(true);
	});

	it("is gone when it has ended and its parent has not looked yet", async () => {
		const parent = spawn("sh", ["-c", "sh -c 'exit 0' & echo $!; exec sleep 5"], {
			stdio: ["ignore", "pipe", "ignore"],
		});
		try {
			const pid = await new Promise<number>((resolve) => {
				parent.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())));
			});
			await expect.poll(() => may({ pid })).toBe(false);
		} finally {
			parent.kill();
		}
	});
});
