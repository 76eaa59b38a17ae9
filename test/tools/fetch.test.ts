import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { fetchTool, findTool, keptAt, toolsCalled } from "../../src/tools/fetch.ts";
import { TOOLS, wheelFor, type Tool } from "../../src/tools/lock.ts";
import { unzipOne } from "../../src/tools/zip.ts";
import { zipOf } from "../support/zip.ts";

const machine = { platform: "linux", arch: "x64" } as const;
const PROGRAM = "#!/bin/sh\necho linted\n";
const wheel = zipOf({ "linter-1.0.data/scripts/linter": PROGRAM, "linter-1.0.dist-info/METADATA": "Name: linter\n" });
const FILE = "linter-1.0-py3-none-manylinux_2_17_x86_64.whl";
const hashOf = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const toolWith = (sha256: string): Tool => ({
	...{ name: "linter", version: "1.0", project: "linter" },
	wheels: { "linux-x64": { file: FILE, sha256, bytes: wheel.length, program: hashOf(PROGRAM) } },
});
const tool = toolWith(hashOf(wheel));

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	servers.push(server);
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A package index with one page, as PEP 503 has it. */
const index = (body: Buffer = wheel) =>
	serve((request, response) => {
		if (request.url === "/simple/linter/")
			response.end(
				`<html><a href="../../files/older.whl">older.whl</a><a data-x href='../../files/${FILE}#sha256=0'>${FILE}</a></html>`,
			);
		else if (request.url === `/files/${FILE}`) response.end(body);
		else response.writeHead(404).end();
	});

async function ports(origin: string) {
	const folder = join(await mkdtemp(join(tmpdir(), "cres-tools-")), "tools");
	return { folder, index: `${origin}/simple/`, machine, signal: new AbortController().signal, note: () => {} };
}

it("gets the program out of the wheel that the index names, once", async () => {
	const own = await ports(await index());
	const path = keptAt(own.folder, tool, machine)!;
	expect(await fetchTool(own, tool)).toEqual({ name: "linter", version: "1.0", outcome: "fetched", path });
	expect(await readFile(path, "utf8")).toBe(PROGRAM);
	expect((await stat(path)).mode & 0o777).toBe(0o755);
	expect(await readdir(join(path, ".."))).toEqual(["linter"]);
	servers.splice(0).forEach((server) => server.close());
	expect(await fetchTool(own, tool)).toMatchObject({ outcome: "there" });
});

it("finds no program of another content, such as a repository may bring, and replaces it", async () => {
	const own = await ports(await index());
	const path = keptAt(own.folder, tool, machine)!;
	await mkdir(join(path, ".."), { recursive: true });
	await writeFile(path, "#!/bin/sh\necho theirs\n", { mode: 0o755 });
	expect(await findTool(own.folder, "linter", machine, [tool])).toBeUndefined();
	expect(await fetchTool(own, tool)).toMatchObject({ outcome: "fetched" });
	expect(await findTool(own.folder, "linter", machine, [tool])).toBe(path);
	expect(await readFile(path, "utf8")).toBe(PROGRAM);
});

it("keeps nothing of a wheel with another hash", async () => {
	const own = await ports(await index());
	await expect(fetchTool(own, toolWith("0".repeat(64)))).rejects.toMatchObject({ code: "tool_not_pinned" });
	await expect(readdir(own.folder)).rejects.toThrow("ENOENT");
});

it("names what the index does not give", async () => {
	const absent = await ports(await serve((_, response) => response.end("<html></html>")));
	await expect(fetchTool(absent, tool)).rejects.toMatchObject({
		code: "tool_fetch_failed",
		message: expect.stringContaining(`has no ${FILE}`) as string,
	});
	const broken = await ports(await serve((_, response) => response.writeHead(503).end()));
	await expect(fetchTool(broken, tool)).rejects.toThrow("does not give /simple/linter/: HTTP 503");
	const endless = await ports(await index(Buffer.alloc(wheel.length + 1)));
	await expect(fetchTool(endless, tool)).rejects.toThrow(`the answer is larger than ${wheel.length} bytes`);
	const gone = await ports("http://127.0.0.1:1");
	await expect(fetchTool(gone, tool)).rejects.toMatchObject({ code: "tool_fetch_failed" });
});

it.each(["http://example.com/simple", "https://ops:secret@example.com/simple", "file:///etc", "no address"])(
	"asks nobody at %s",
	async (address) => {
		const failure = fetchTool({ ...(await ports("")), index: address }, tool);
		await expect(failure).rejects.toMatchObject({ code: "tool_index_invalid" });
		await expect(failure).rejects.not.toThrow("secret");
	},
);

it("says where nobody makes a wheel, and finds only what is there", async () => {
	const own = { ...(await ports("http://127.0.0.1:1")), machine: { platform: "darwin", arch: "arm64" } as const };
	expect(await fetchTool(own, tool)).toEqual({ name: "linter", version: "1.0", outcome: "none", path: null });
	expect(await findTool(own.folder, "shellcheck", machine)).toBeUndefined();
	expect(() => toolsCalled(["shelcheck"])).toThrow("there is no tool shelcheck");
	expect(toolsCalled([]).map(({ name }) => name)).toEqual(["actionlint", "hadolint", "shellcheck", "zizmor"]);
});

it("pins every wheel by its hash", () => {
	const wheels = TOOLS.flatMap((one) => wheelFor(one, machine) ?? []);
	expect(wheels).toHaveLength(TOOLS.length);
	const all = TOOLS.flatMap((one) => Object.values(one.wheels));
	expect(all.filter(({ sha256, file }) => !/^[0-9a-f]{64}$/.test(sha256) || !file.endsWith(".whl"))).toEqual([]);
	expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(all.length);
});

it("unpacks stored and deflated files, and refuses what is damaged, cut off or too large", () => {
	expect(unzipOne(wheel, /scripts\/linter$/)?.toString()).toBe(PROGRAM);
	expect(unzipOne(zipOf({ a: "stored" }, { stored: true }), /^a$/)?.toString()).toBe("stored");
	expect(unzipOne(wheel, /nothing/)).toBeUndefined();
	const damaged = Buffer.from(zipOf({ a: "stored" }, { stored: true }));
	damaged[31] = damaged[31]! ^ 0xff;
	expect(() => unzipOne(damaged, /^a$/)).toThrow("a is damaged");
	for (let length = 0; length < wheel.length; length += 7)
		expect(() => unzipOne(wheel.subarray(0, length), /linter$/)).toThrow(Error);
	expect(() => unzipOne(zipOf({ a: "x" }, { claim: 2 ** 31 }), /^a$/)).toThrow("more than");
	expect(() => unzipOne(zipOf({ a: "x".repeat(1000) }, { claim: 10 }), /^a$/)).toThrow(Error);
});
