import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { claimOf } from "../../src/state/claim.ts";
import { lockHolder, takeLock } from "../../src/state/lock.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Contender } from "./contenders.ts";
import { temporaryDirectory } from "./temporary.ts";

const ROUNDS = 400;

const take = (path: string) => takeLock(path, claimOf("test", systemClock), { clock: systemClock });

async function staleLock(path: string): Promise<void> {
	const claim = { ...claimOf("deploy", systemClock), owner: "gone@here", pid: 2 ** 22 + 1 };
	const record = { ...claim, token: 7, nonce: "of the dead", expires: Date.now() + 60_000, released: false };
	await mkdir(path, { recursive: true });
	await writeFile(join(path, "7.json"), JSON.stringify(record));
}

it(`gives a stale lock to exactly one of four processes, ${ROUNDS} times`, async () => {
	const directory = await temporaryDirectory();
	const contenders = Array.from({ length: 4 }, () => new Contender());
	const outcomes = new Map<string, number>();
	for (let round = 0; round < ROUNDS; round++) {
		const path = join(directory, String(round));
		await staleLock(path);
		const taken = await Promise.all(contenders.map((one) => one.tell({ do: "take", path, durable: false })));
		const kept = await Promise.all(contenders.map((one) => one.tell({ do: "assert" })));
		const outcome = [...taken.toSorted(), ...kept.toSorted()].join(" ");
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
	}
	expect(Object.fromEntries(outcomes)).toEqual({
		"lease_held lease_held lease_held won kept none none none": ROUNDS,
	});
}, 60_000);

it("lets one process at a time into a critical section", async () => {
	const directory = await temporaryDirectory();
	const [path, file] = [join(directory, "lock"), join(directory, "number")];
	await writeFile(file, "0");
	const contenders = Array.from({ length: 4 }, () => new Contender());
	const answers = contenders.map((one) => one.tell({ do: "count", path, file, times: 10 }));
	expect(new Set(await Promise.all(answers))).toEqual(new Set(["counted"]));
	expect(await readFile(file, "utf8")).toBe("40");
});

it("tells a process that was stopped past its time that it has lost, and leaves its successor alone", async () => {
	const path = join(await temporaryDirectory(), "lock");
	const sleeper = new Contender();
	expect(await sleeper.tell({ do: "take", path, ttlMs: 600 })).toBe("won");
	sleeper.process.kill("SIGSTOP");
	await expect.poll(() => lockHolder(path, systemClock), { timeout: 10_000 }).toBeUndefined();
	const successor = await take(path);
	const files = async () => Promise.all((await readdir(path)).map((name) => readFile(join(path, name), "utf8")));
	const before = await files();
	const said = sleeper.next();
	sleeper.process.kill("SIGCONT");
	expect(await said).toBe("lost: lease_lost");
	expect(await sleeper.tell({ do: "assert" })).toBe("lease_lost");
	await expect(successor.assertHeld()).resolves.toBeUndefined();
	expect(await files()).toEqual(before);
	expect(await lockHolder(path, systemClock)).toMatchObject({ pid: process.pid });
});
