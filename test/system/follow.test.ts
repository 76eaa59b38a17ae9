import { appendFile, mkdtemp, open, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { linesOf } from "../../src/system/limits.ts";
import { bytesAdded } from "../../src/system/follow.ts";

async function followed(text: string) {
	const path = join(await mkdtemp(join(tmpdir(), "cres-follow-")), "a.log");
	await writeFile(path, text);
	const over = new AbortController();
	const lines = linesOf(bytesAdded(path, await open(path), text.length, over.signal));
	const next = async () => (await lines.next()).value;
	return { path, over, lines, next };
}

/** As a program does that keeps so many older files. */
async function rotate(path: string, keep: number, text: string) {
	await rm(`${path}.${keep}`, { force: true });
	for (let at = keep - 1; at >= 1; at--) await rename(`${path}.${at}`, `${path}.${at + 1}`).catch(() => {});
	await rename(path, `${path}.1`);
	await writeFile(path, text);
}

it("reads every file that a log was rotated into while nobody read", async () => {
	const { path, over, lines, next } = await followed("old\n");
	await appendFile(path, "0\n");
	expect(await next()).toBe("0");
	await appendFile(path, "1\n2 in ");
	for (const text of ["two files\n3\n", "4\n", "", "5\n"]) await rotate(path, 9, text);
	const seen: unknown[] = [];
	for (let count = 0; count < 5; count++) seen.push(await next());
	expect(seen).toEqual(["1", "2 in two files", "3", "4", "5"]);
	over.abort();
	expect((await lines.next()).done).toBe(true);
});

it("goes on with the oldest that is left where its own file and those behind it were removed", async () => {
	const { path, over, next } = await followed("");
	for (const text of ["1\n", "2\n", "3\n", "4\n"]) await rotate(path, 2, text);
	expect([await next(), await next(), await next()]).toEqual(["2", "3", "4"]);
	over.abort();
});

it("begins again behind a truncation, and waits for a log that is not there for a while", async () => {
	const { path, over, next } = await followed("a long line of before\n");
	const first = next();
	await delay(150);
	await truncate(path);
	await delay(250);
	await appendFile(path, "short\n");
	expect(await first).toBe("short");
	await rename(path, `${path}.1`);
	const second = next();
	await appendFile(`${path}.1`, "after its name\n");
	expect(await second).toBe("after its name");
	const third = next();
	await delay(250);
	await writeFile(path, "new\n");
	expect(await third).toBe("new");
	over.abort();
});
