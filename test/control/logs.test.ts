import { appendFile, mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { readLogs, type LogLine } from "../../src/control/logs.ts";
import { controlWorld } from "../support/control-world.ts";

async function world(signal = new AbortController().signal) {
	const service = { command: ["node"], ready: { tcp: "127.0.0.1:1" } };
	const { ports } = await controlWorld(
		{ a: service, b: service, far: { external: true, ready: { tcp: "127.0.0.1:2" } } },
		{ signal },
	);
	const folder = join(ports.config.state, "control", "log");
	await mkdir(folder, { recursive: true });
	return { ports, log: (name: string) => join(folder, `${name}.log`) };
}

it("prints the last lines of each, without colours, and says where the others are", async () => {
	const notes: string[] = [];
	const { ports, log } = await world();
	await writeFile(log("a"), "one\n\u001b[31mtwo\u001b[0m\r\nthree\n");
	const progress = { ...ports.progress, note: (text: string) => void notes.push(text) };
	const read = (names: string[], tail: number) =>
		Array.fromAsync(readLogs({ ...ports, progress }, names, { tail, follow: false }));
	expect(await read([], 2)).toEqual([
		{ service: "a", text: "two" },
		{ service: "a", text: "three" },
	]);
	expect(notes).toEqual(["far is external: its log is where it runs"]);
	expect(await read(["a"], 0)).toEqual([]);
	await expect(read(["c"], 1)).rejects.toMatchObject({ code: "unknown_service" });
});

it("follows several logs across half lines and a new beginning, until it is stopped", async () => {
	const stop = new AbortController();
	const { ports, log } = await world(stop.signal);
	await writeFile(log("a"), "before\nha");
	const lines: LogLine[] = [];
	const reading = (async () => {
		for await (const line of readLogs(ports, [], { tail: 1, follow: true })) lines.push(line);
	})();
	const until = async (count: number) => {
		while (lines.length < count) await delay(20);
	};
	await until(1);
	await appendFile(log("a"), "lf");
	await delay(400);
	await appendFile(log("a"), " and half\n");
	await until(2);
	await writeFile(log("b"), "first of b\n");
	await until(3);
	await truncate(log("a"));
	await delay(400);
	await appendFile(log("a"), "again\n");
	await until(4);
	stop.abort();
	await reading;
	expect(lines.map(({ service, text }) => `${service}: ${text}`)).toEqual([
		"a: before",
		"a: half and half",
		"b: first of b",
		"a: again",
	]);
});

it("breaks no character whose bytes come apart, and keeps the beginning of a line without end", async () => {
	const stop = new AbortController();
	const { ports, log } = await world(stop.signal);
	await writeFile(log("a"), "");
	const lines: string[] = [];
	const reading = (async () => {
		for await (const { text } of readLogs(ports, ["a"], { tail: 0, follow: true })) lines.push(text);
	})();
	await delay(100);
	await appendFile(log("a"), Buffer.from("Gr\u00fc\u00dfe\n").subarray(0, 3));
	await delay(700);
	await appendFile(log("a"), Buffer.from("Gr\u00fc\u00dfe\n").subarray(3));
	await appendFile(log("a"), `${"x".repeat(200_000)}\n`);
	while (lines.length < 2) await delay(20);
	stop.abort();
	await reading;
	expect(lines[0]).toBe("Gr\u00fc\u00dfe");
	expect(lines[1]!.length).toBeLessThan(70_000);
});
