import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { backendLines } from "../../src/backend/logs.ts";
import { backendWorld, until } from "./world.ts";

const LINES = 10_000;
const NAMES = ["a-0", "b-0", "c-0", "d-0"];
/** A server that, once it is asked to, writes 25 lines each 10 ms: four of them write 10,000 lines a second. */
const WRITER = `
const [port, name] = [Number(process.argv[2]), process.argv[3]];
const write = (at) => {
	for (let end = at + 25; at < end; at++) (at % 2 ? process.stdout : process.stderr).write("line " + at + " of " + name + " ${"x".repeat(300)}\\n");
	if (at < ${LINES}) setTimeout(write, 10, at);
};
require("node:http").createServer((request, response) => {
	if (request.url.endsWith("/write")) write(0);
	if (request.url.endsWith("/say")) console.log("hello");
	response.end("{}");
}).listen(port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const PATTERN = /^([abcd]-0) {15}>> \[[-\d: ]{19}\] \[\w+\] line (\d+) of ([abcd]-0) x{300}$/;

/** Which lines are there, each once; a line that is split or mixed up is none of them. */
function counted(lines: readonly string[]): { whole: number; other: string[] } {
	const found = lines.map((line) => PATTERN.exec(line));
	const whole = found.flatMap((one) => (one && one[1] === one[3] ? `${one[1]} ${one[2]}` : []));
	const other = lines.filter((line) => line.includes("xxx") && !PATTERN.test(line));
	return { whole: new Set(whole).size === whole.length ? whole.length : -1, other };
}

it("keeps every line of four servers that write 10,000 lines a second, in its log and for who follows it", async () => {
	const servers = (first: number) =>
		Object.fromEntries(
			["a", "b", "c", "d"].map((name, at) => [
				name,
				{ port: first + at, modules: [name], command: [process.execPath, "writer.cjs", "{port}", "{name}"] },
			]),
		);
	const world = await backendWorld(servers, {}, 5);
	await writeFile(join(world.place.root, "writer.cjs"), WRITER);
	await world.start();
	const over = new AbortController();
	const followed: string[] = [];
	let isFollowing = false;
	const following = (async () => {
		const query = { tail: 0, follow: true, signal: over.signal };
		for await (const line of backendLines(world.place, query)) {
			if (line.includes(" line ")) followed.push(line);
			else isFollowing = true;
		}
	})();
	await until(async () => (await world.ask("/api/v1/a/say")) && isFollowing);
	for (const name of NAMES) await world.ask(`/api/v1/${name[0]}/write`);
	for (let [last, still] = [-1, 0]; still < 5 && followed.length < NAMES.length * LINES;) {
		expect((await world.status()).healthy).toBe(true); // it is asked meanwhile, too
		await delay(500);
		still = followed.length === last ? still + 1 : 0;
		last = followed.length;
	}
	await world.stop();
	over.abort();
	await following;
	const files = (await readdir(world.place.logs)).filter((name) => name.startsWith("backend-unified.log"));
	const texts = await Promise.all(files.map((name) => readFile(join(world.place.logs, name), "utf8")));
	expect(files.length).toBeGreaterThan(1); // more than 10 MB: rotated as by default
	const all = { whole: NAMES.length * LINES, other: [] };
	expect(counted(texts.flatMap((text) => text.split("\n")))).toEqual(all);
	expect(counted(followed)).toEqual(all);
}, 180_000);
