import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const FETCH = join(import.meta.dirname, "../../images/cuda/fetch.js");
const content = Buffer.from("a package");

let directory: string;
let server: Server;
let files: Map<string, Buffer>;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-fetch-"));
	server = createServer(({ url }, response) => {
		const found = files.get(url!);
		response.writeHead(found ? 200 : 404).end(found);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
});
afterEach(async () => {
	server.closeAllConnections();
	server.close();
	await rm(directory, { recursive: true, force: true });
});

async function fetchLocked(held: Record<string, Buffer>): Promise<{ code: number; stderr: string }> {
	files = new Map(Object.entries(held));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const sha256 = createHash("sha256").update(content).digest("hex");
	const packages = [{ name: "libx", path: "pool/libx_1.deb", size: content.length, sha256 }];
	const lock = join(directory, "lock.json");
	await writeFile(lock, JSON.stringify({ mirror: `${origin}/mirror`, archive: `${origin}/archive`, packages }));
	return new Promise((resolve) =>
		execFile(process.execPath, [FETCH, lock, directory], (error, _stdout, stderr) =>
			resolve({ code: error ? Number(error.code) : 0, stderr }),
		),
	);
}
const fetched = () => readFile(join(directory, "libx.deb")).catch(() => undefined);

describe("the packages of the cuda flavour", () => {
	it.each<[string, Record<string, Buffer>]>([
		["from the mirror", { "/mirror/pool/libx_1.deb": content }],
		["from the archive when the mirror has them no more", { "/archive/pool/libx_1.deb": content }],
		[
			"from the archive when the mirror's are others",
			{ "/mirror/pool/libx_1.deb": Buffer.from("A package"), "/archive/pool/libx_1.deb": content },
		],
	])("come %s", async (_where, held) => {
		expect((await fetchLocked(held)).code).toBe(0);
		expect(await fetched()).toEqual(content);
	});

	it("do not come at all when no source has them as locked; it says why for each", async () => {
		const { code, stderr } = await fetchLocked({ "/mirror/pool/libx_1.deb": Buffer.from("other") });
		expect(code).toBe(1);
		expect(stderr).toContain("libx is not to be had as locked: cres build --update-lock");
		expect(stderr).toMatch(/mirror\/pool\/libx_1\.deb: 5 bytes instead of 9\n.*archive\/pool\/libx_1\.deb: HTTP 404/);
		expect(await fetched()).toBeUndefined();
	});
});
