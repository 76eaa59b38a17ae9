import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { backendLines } from "../../src/backend/logs.ts";
import { placeOf } from "../../src/backend/place.ts";
import { LogFiles, rotateIfLarge } from "../../src/backend/supervisor/log-files.ts";
import { pump } from "../../src/backend/supervisor/output.ts";
import { isExcluded, isSource } from "../../src/backend/supervisor/watch.ts";
import { listenersIn } from "../../src/system/ports.ts";

const folder = () => mkdtemp(join(tmpdir(), "cres-logs-"));
const files = (directory: string, size = "10M", keep = 5) =>
	new LogFiles({ directory, size, keep, now: () => new Date() });

describe("the logs", () => {
	it("lose no line and split none of 4 programs that write 10,000 lines each as fast as they can", async () => {
		const directory = await folder();
		const logs = files(directory, "500K", 20);
		const names = ["a-0", "b-0", "c-0", "d-0"];
		const script = `for (let at = 0; at < 10000; at++) process.stdout.write("line " + at + " of " + process.argv[1] + " ${"x".repeat(40)}\\n");`;
		const started = performance.now();
		await Promise.all(
			names.map(async (name) => {
				const child = spawn(process.execPath, ["-e", script, name]);
				await Promise.all([pump(child.stdout, name, logs), pump(child.stderr, name, logs)]);
			}),
		);
		await logs.close();
		expect(40_000 / ((performance.now() - started) / 1_000)).toBeGreaterThan(2_500);
		const all = (await readdir(directory)).filter((file) => file.startsWith("backend-unified.log"));
		expect(all.length).toBeGreaterThan(3);
		const texts = await Promise.all(all.map((file) => readFile(join(directory, file), "utf8")));
		const lines = texts.flatMap((text) => text.split("\n").slice(0, -1));
		const pattern = /^([abcd]-0) {15}>> \[[-\d: ]{19}\] \[INFO\] line (\d+) of ([abcd]-0) x{40}$/;
		const seen = lines.map((line) => pattern.exec(line));
		expect(seen.filter((one) => one === null || one[1] !== one[3])).toEqual([]);
		expect(new Set(seen.map((one) => `${one![1]} ${one![2]}`)).size).toBe(40_000);
		expect(lines).toHaveLength(40_000);
	});

	it("are followed across rotation, each line once", async () => {
		const directory = await folder();
		const logs = files(directory, "20K", 50);
		logs.note("a-0", "[INFO] first");
		await expect.poll(() => readdir(directory)).toContain("backend-unified.log");
		const over = new AbortController();
		const seen: string[] = [];
		const query = { tail: 0, follow: true, signal: over.signal };
		const following = (async () => {
			for await (const line of backendLines({ ...placeOf("/x/backend.yaml"), logs: directory }, query)) seen.push(line);
		})();
		await delay(500);
		for (let at = 0; at < 1_500; at++) {
			await logs.write("a-0", [`line ${at}`]);
			if (at % 200 === 0) await delay(500); // slower than a file is looked at
		}
		await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toMatch(/line 1499$/);
		over.abort();
		await following;
		await logs.close();
		const numbers = seen.flatMap((line) => /line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
		expect(numbers).toEqual(Array.from({ length: 1_500 }, (_, at) => at));
		expect((await readdir(directory)).filter((file) => file.startsWith("backend-unified.log.")).length).toBeGreaterThan(
			3,
		);
	});

	it("are followed from the very line that was shown last, one that is half written too", async () => {
		const directory = await folder();
		const file = join(directory, "backend-unified.log");
		await writeFile(`${file}.1`, "line 0\nline 1\n");
		await writeFile(file, "line 2\nli");
		const over = new AbortController();
		const query = { tail: 2, follow: true, signal: over.signal };
		const lines = backendLines({ ...placeOf("/x/backend.yaml"), logs: directory }, query);
		expect([(await lines.next()).value, (await lines.next()).value]).toEqual(["line 1", "line 2"]);
		const third = lines.next();
		await delay(300);
		await appendFile(file, "ne 3\nline 4\n");
		expect([(await third).value, (await lines.next()).value]).toEqual(["line 3", "line 4"]);
		over.abort();
		expect((await lines.next()).done).toBe(true);
		const all = backendLines({ ...placeOf("/x/backend.yaml"), logs: directory }, { ...query, tail: 3, follow: false });
		expect(await Array.fromAsync(all)).toEqual(["line 2", "line 3", "line 4"]);
	});

	it("are followed through rotations while what stood in them before is still read", async () => {
		const directory = await folder();
		const file = join(directory, "backend-unified.log");
		await writeFile(file, "line 0\n");
		const over = new AbortController();
		const query = { tail: 1, follow: true, signal: over.signal };
		const lines = backendLines({ ...placeOf("/x/backend.yaml"), logs: directory }, query);
		expect((await lines.next()).value).toBe("line 0");
		for (const at of [1, 2, 3]) {
			await appendFile(file, `line ${at}\n`);
			await rotateIfLarge(file, 0, 9);
			await writeFile(file, "");
		}
		expect([(await lines.next()).value, (await lines.next()).value, (await lines.next()).value]).toEqual([
			"line 1",
			"line 2",
			"line 3",
		]);
		over.abort();
		await lines.return(undefined);
	});

	it("count what they lose while they cannot be written, and say why", async () => {
		const directory = await folder();
		await symlink("/dev/full", join(directory, "a-0.log"));
		const logs = files(directory);
		void logs.write("a-0", ["one", "two"]);
		await expect.poll(() => logs.fault.reason).toContain("a-0.log");
		void logs.write("a-0", ["three"]);
		expect(logs.fault.lostLines).toBeGreaterThan(0);
		await logs.close();
		expect(await readFile(join(directory, "backend-unified.log"), "utf8")).toMatch(/one\n.*two\n.*three\n$/);
	});

	it("of others are renamed when they are large", async () => {
		const path = join(await folder(), "x.log");
		const sizes = async () =>
			Promise.all([path, `${path}.1`, `${path}.2`].map(async (one) => (await stat(one).catch(() => undefined))?.size));
		expect(await rotateIfLarge(path, 10, 2)).toBe(false);
		for (const size of [20, 30, 40]) {
			await writeFile(path, "x".repeat(size));
			expect(await rotateIfLarge(path, 10, 2)).toBe(true);
		}
		expect(await sizes()).toEqual([undefined, 40, 30]);
		await writeFile(path, "x");
		expect([await rotateIfLarge(path, 10, 2), await sizes()]).toEqual([false, [1, 40, 30]]);
	});
});

describe("a change of a file", () => {
	it.each([
		["src/model.py", true],
		["settings.toml", true],
		["server.mjs", true],
		["openapi.json", false],
		["src/asyncapi.json", false],
		["src/clients/a.py", false],
		["scripts/a.py", false],
		[".local/a.py", false],
		[".pids/a.json", false],
		["src/__pycache__/a.cpython-311.pyc", false],
		["a.pyc", false],
		[".cres/backend/x.json", false],
		["node_modules/a/index.js", false],
		["README.md", false],
		["data.sqlite", false],
	])("%s starts servers again: %s", (path, expected) => {
		expect(isSource(path)).toBe(expected);
		expect(isExcluded(`deep/${path}`)).toBe(isExcluded(path));
	});
});

it("who listens is read from the tables of the kernel", () => {
	const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0
   1: 0100007F:1F41 0100007F:D4F2 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:1F42 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4244 1 0
`;
	expect(listenersIn(text, 8001)).toEqual([{ inode: "4242", user: 1000 }]);
	expect(listenersIn(text, 8002)).toEqual([{ inode: "4244", user: 0 }]);
	expect(listenersIn(text, 80)).toEqual([]);
});
