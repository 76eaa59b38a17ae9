import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { PreflightError, gathered, throwTogether } from "../../src/errors/gathered.ts";

const held = new UserError("lease_held", "somebody has it", { hint: "wait" });
const unknown = new UserError("unknown_instance", "no such instance");
const failed = new UserError("disk_full", "no room", { hint: "make room" });
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => Promise.reject(new Error("it went well")),
		(error: unknown) => error,
	);

describe("work that is done at the same time", () => {
	it("gives its results in order", async () => {
		expect(await gathered([Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
	});

	it("fails as its only failure does", async () => {
		expect(await failureOf(gathered([Promise.resolve(1), Promise.reject(held)]))).toBe(held);
	});

	it("is waited for to the end, and all failures are told at once", async () => {
		let ended = false;
		const late = new Promise((_, reject) =>
			setImmediate(() => {
				ended = true;
				reject(failed);
			}),
		);
		const error = await failureOf(gathered([Promise.reject(unknown), late]));
		expect(ended).toBe(true);
		expect(error).toBeInstanceOf(PreflightError);
		expect(error).toMatchObject({
			code: "preflight",
			failures: [unknown, failed],
			message: "2 preflight checks failed; nothing was changed:\n  - no such instance\n  - no room\n    → make room",
		});
	});

	it("counts one failure that several met once", async () => {
		expect(await failureOf(gathered([Promise.reject(held), Promise.reject(held)]))).toBe(held);
	});

	it("makes a fault of the machine one that a person can read", async () => {
		const full = Object.assign(new Error("write failed"), { code: "ENOSPC", path: "/x" });
		expect(await failureOf(gathered([Promise.reject(full)]))).toMatchObject({ code: "local_disk_full" });
	});

	it("shows a bug before everything else", async () => {
		const bug = new TypeError("x is undefined");
		expect(await failureOf(gathered([Promise.reject(held), Promise.reject(bug)]))).toBe(bug);
	});
});

describe("several failures", () => {
	it("are none when there is none", () => {
		throwTogether([]);
		expect(() => throwTogether([held])).toThrow(held);
	});

	it("exit as the most particular of them", () => {
		const exitOf = (...of: UserError[]) => new PreflightError(of).exit;
		expect([exitOf(failed, unknown), exitOf(unknown, held), exitOf(failed, failed)]).toEqual([
			"usage",
			"busy",
			"failed",
		]);
	});

	it("that were gathered before are told flat, each once", () => {
		expect(() => throwTogether([new PreflightError([held, failed]), failed, unknown])).toThrow(
			expect.objectContaining({ failures: [held, failed, unknown] }) as Error,
		);
		expect(() => throwTogether([new PreflightError([held, held])])).toThrow(held);
	});
});
