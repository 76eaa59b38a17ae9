import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { LOCK_FILE } from "../../src/image/catalogue.ts";
import { lockText, type Lock } from "../../src/image/lock-file.ts";
import type { BuildPorts } from "../../src/image/ports.ts";
import { renderLockUpdate, updateLock } from "../../src/image/update-lock.ts";
import { systemClock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";

const sha = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

interface Listed {
	name: string;
	version: string;
	depends?: string;
	size?: string;
}
const stanza = ({ name, version, depends, size = "9" }: Listed): string =>
	[
		...[`Package: ${name}`, `Version: ${version}`, ...(depends ? [`Depends: ${depends}`] : [])],
		...[`Description: a text`, ` Package: not one`, `Filename: pool/${name}_${version}.deb`, `Size: ${size}`],
		`SHA256: ${sha(name + version)}\n`,
	].join("\n");

/** What the mirror holds: suite and component → packages. */
type Mirror = Record<string, Record<string, Listed[]>>;
const mirror = (ggml: string, cuda: string): Mirror => ({
	forky: {
		main: [
			{ name: "libggml0-dev", version: "9" },
			{ name: "libggml0", version: ggml },
		],
	},
	sid: {
		contrib: [
			{
				name: "libggml0-backend-cuda",
				version: cuda,
				depends: "libggml0 (>= 0.27.0-1~), libc6 (>= 2.43), libcublas12, libcuda1 (>= 440) | libcuda.so.1 (>= 440)",
			},
		],
		"non-free": [
			{ name: "libcublas12", version: "12.4", depends: "libc6 (>= 2.34)" },
			{ name: "libcuda1", version: "550" },
		],
	},
});

let root: string;
let server: Server;
let files: Map<string, Buffer>;
let ports: BuildPorts;

function publish(held: Mirror): void {
	files = new Map();
	for (const [suite, components] of Object.entries(held)) {
		const indexes = Object.entries(components).map(([component, packages]) => {
			const content = gzipSync(packages.map(stanza).join("\n"));
			files.set(`/dists/${suite}/${component}/binary-amd64/Packages.gz`, content);
			return ` ${sha(content)} ${content.byteLength} ${component}/binary-amd64/Packages.gz\n`;
		});
		const release = `Suite: ${suite}\nDate: Fri, 30 Oct 2026 08:08:01 UTC\nSHA256:\n${indexes.join("")}`;
		files.set(`/dists/${suite}/InRelease`, Buffer.from(release));
	}
}

const locked = (origin: string): Lock => ({
	mirror: origin,
	archive: "https://archive.test/debian/20260101T000000Z",
	suite: "sid",
	runtime: { suite: "forky", component: "main", name: "libggml0", version: "0.27.0-1" },
	packages: [
		["libggml0-backend-cuda", "contrib", "0.27.0-1"],
		["libcublas12", "non-free", "12.4"],
	].map(([name, component, version]) => ({
		...{ name: name!, component: component!, version: version! },
		...{ path: `pool/${name}_${version}.deb`, size: 9, sha256: sha(name! + version!) },
	})),
});

const lockPath = () => join(root, LOCK_FILE);
const readBack = async (): Promise<Lock> => JSON.parse(await readFile(lockPath(), "utf8"));

beforeEach(async () => {
	server = createServer(({ url }, response) => {
		const content = files.get(url!);
		response.writeHead(content ? 200 : 404).end(content);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	root = await mkdtemp(join(tmpdir(), "cres-lock-"));
	await mkdir(dirname(lockPath()), { recursive: true });
	await writeFile(lockPath(), lockText(locked(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
	await writeFile(
		join(root, "cres.yaml"),
		'project: p\nimage: { repository: o/n }\nregistry: { push: { address: r.test } }\ntemporal: { address: "t:1" }\nstore: { endpoint: "s:1" }\n',
	);
	const config = await loadConfig({ directory: root, environment: {} });
	const absent = () => Promise.reject(new Error("not needed"));
	ports = {
		...{ config, clock: systemClock, progress: silent, signal: new AbortController().signal },
		...{ shell: { run: absent }, registry: absent, credential: undefined },
	};
});
afterEach(async () => {
	server.closeAllConnections();
	server.close();
	await rm(root, { recursive: true, force: true });
});

describe("cres build --update-lock", () => {
	it("changes no byte of a lock that pins the newest packages", async () => {
		publish(mirror("0.27.0-1", "0.27.0-1"));
		const before = await readFile(lockPath(), "utf8");
		const update = await updateLock(ports, { dryRun: false });
		expect(update).toEqual({ file: lockPath(), changes: [], written: false });
		expect(renderLockUpdate(update)).toBe(`${lockPath()} is up to date`);
		expect(await readFile(lockPath(), "utf8")).toBe(before);
	});

	it("pins newer packages, says old and new, and names the archive's state that has them", async () => {
		publish(mirror("0.28.1-2", "0.28.1-1"));
		const dry = await updateLock(ports, { dryRun: true });
		expect(dry.changes).toEqual([
			{ name: "libggml0", from: "0.27.0-1", to: "0.28.1-2" },
			{ name: "libggml0-backend-cuda", from: "0.27.0-1", to: "0.28.1-1" },
		]);
		expect((await readBack()).runtime.version).toBe("0.27.0-1");
		const update = await updateLock(ports, { dryRun: false });
		expect(renderLockUpdate(update)).toBe(
			"libggml0  0.27.0-1 → 0.28.1-2\nlibggml0-backend-cuda  0.27.0-1 → 0.28.1-1\n" +
				`wrote ${lockPath()}; next: cres build --flavour cuda --push`,
		);
		const { archive, runtime, packages } = await readBack();
		expect([archive, runtime.version]).toEqual(["https://archive.test/debian/20261030T140801Z", "0.28.1-2"]);
		expect(packages.map(({ name, version }) => [name, version])).toEqual([
			["libcublas12", "12.4"],
			["libggml0-backend-cuda", "0.28.1-1"],
		]);
		expect(packages[1]).toMatchObject({
			path: "pool/libggml0-backend-cuda_0.28.1-1.deb",
			sha256: sha("libggml0-backend-cuda0.28.1-1"),
		});
	});

	it.each<[string, string, (held: Mirror) => void]>([
		[
			"a backend of another version than the runtime",
			"lock_does_not_fit",
			(held) => void (held["forky"]!["main"]![1]!.version = "0.26.0-1"),
		],
		["a package that has gone", "package_gone", (held) => void held["sid"]!["non-free"]!.shift()],
		[
			"a library that is not locked",
			"lock_incomplete",
			(held) => {
				held["sid"]!["contrib"]![0]!.depends += ", libcudart13";
				held["sid"]!["non-free"]!.push({ name: "libcudart13", version: "13" });
			},
		],
		["a size that is no number", "index_unreadable", (held) => void (held["sid"]!["non-free"]![0]!.size = "nine")],
	])("refuses %s and leaves the lock as it is", async (_what, code, change) => {
		const held = mirror("0.27.0-1", "0.27.0-1");
		change(held);
		publish(held);
		const before = await readFile(lockPath(), "utf8");
		await expect(updateLock(ports, { dryRun: false })).rejects.toMatchObject({ code, hint: expect.any(String) });
		expect(await readFile(lockPath(), "utf8")).toBe(before);
	});

	it("takes no index whose checksum InRelease does not give", async () => {
		publish(mirror("0.27.0-1", "0.27.0-1"));
		files.set("/dists/sid/contrib/binary-amd64/Packages.gz", gzipSync("Package: other\n"));
		await expect(updateLock(ports, { dryRun: false })).rejects.toMatchObject({ code: "index_unreadable" });
	});

	it("says which address of the mirror fails", async () => {
		files = new Map();
		await expect(updateLock(ports, { dryRun: false })).rejects.toMatchObject({
			code: "mirror_unreachable",
			message: expect.stringMatching(/\/dists\/(sid|forky)\/InRelease cannot be read: HTTP 404$/),
		});
	});

	it("refuses a file that is no lock", async () => {
		await writeFile(lockPath(), '{"mirror":"here"}');
		await expect(updateLock(ports, { dryRun: false })).rejects.toMatchObject({ code: "lock_unreadable" });
	});
});
