import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
import { filesOf, locked, mirror, sha, startMirror, type Mirror } from "../support/debian-mirror.ts";

let root: string;
let debian: Awaited<ReturnType<typeof startMirror>>;
let ports: BuildPorts;

const publish = (held: Mirror): void => void (debian.files = filesOf(held));
const lockPath = () => join(root, LOCK_FILE);
const readBack = async (): Promise<Lock> => JSON.parse(await readFile(lockPath(), "utf8"));

beforeEach(async () => {
	debian = await startMirror();
	root = await mkdtemp(join(tmpdir(), "cres-lock-"));
	await mkdir(dirname(lockPath()), { recursive: true });
	await writeFile(lockPath(), lockText(locked(debian.origin)));
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
	await debian[Symbol.asyncDispose]();
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
		debian.files.set("/dists/sid/contrib/binary-amd64/Packages.gz", gzipSync("Package: other\n"));
		await expect(updateLock(ports, { dryRun: false })).rejects.toMatchObject({ code: "index_unreadable" });
	});

	it("says which address of the mirror fails", async () => {
		debian.files = new Map();
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
