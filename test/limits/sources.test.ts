import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createServer } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { download } from "../../images/models/download.ts";
import { readManifest } from "../../images/models/manifest.ts";
import { openSources } from "../../images/models/source.ts";
import { runCheck } from "../../src/plan/run-check.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { createS3 } from "../../src/store/s3.ts";
import { fetchTool } from "../../src/tools/fetch.ts";
import { BAD_PEERS, badServer, endsByItself, misbehave, type BadPeer } from "../support/bad-peers.ts";
import { CERTIFICATE } from "../support/loopback-server.ts";

const NEVER = new AbortController().signal;
const KEY = new Secret("sentinel-key");

/** Milliseconds: a source is asked so often before it counts as unreachable. */
const SIX_TRIES = 20_000;

async function folder(): Promise<string> {
	const made = await mkdtemp(join(tmpdir(), "cres-limits-"));
	onTestFinished(() => rm(made, { recursive: true, force: true }));
	return made;
}

/** A TLS server of that kind. */
async function badTlsServer(how: BadPeer): Promise<string> {
	const [cert, key] = await Promise.all([readFile(CERTIFICATE), readFile(join(dirname(CERTIFICATE), "key.pem"))]);
	const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
	const server = createServer({ cert, key }, (socket) => {
		socket.on("error", () => {});
		onTestFinished(() => void socket.destroy());
		socket.once("data", () => misbehave(how, socket, head)).resume();
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(BAD_PEERS)("A16: a source that is %s", (how) => {
	it("ends the fetch of a tool", async () => {
		const { host } = await badServer(how);
		const wheel = { file: "linter-1.0.whl", sha256: "0".repeat(64), bytes: 1_000, program: "0".repeat(64) };
		const tool = { ...{ name: "linter", version: "1.0", project: "linter" }, wheels: { "linux-x64": wheel } };
		const ports = {
			...{ folder: await folder(), index: `http://${host}/simple`, signal: NEVER, note: () => {} },
			...{ machine: { platform: "linux", arch: "x64" } as never, limits: { pageMs: 200, wheelMs: 200 } },
		};
		expect(await endsByItself("tool", () => fetchTool(ports, tool))).toMatchObject({ code: "tool_fetch_failed" });
	});

	it("ends a check of PLAN.md", async () => {
		const { host } = await badServer(how);
		const ports = { root: await folder(), clock: { now: () => 0 }, signal: NEVER, network: true, httpMs: 200 };
		const check = { kind: "http", url: `http://${host}/`, status: 200 } as const;
		const temporal = () => Promise.reject(new Error("not asked"));
		const look = async () => {
			const { verdict } = await runCheck(check, { ...ports, temporal });
			expect(verdict).toBe(how === "silent" ? "unverifiable" : "true"); // its head is the answer
		};
		expect(await endsByItself("check", look)).toBeUndefined();
	});

	it("ends the fetch of a manifest and of a model, from an address and from the bucket", async () => {
		const { host } = await badServer(how);
		const keys = { accessKey: "a", secretKey: "s", keysFrom: "" };
		const open = openSources({ endpoint: `http://${host}`, bucket: "cres", ...keys });
		const ports = { open, log: () => {}, signal: NEVER, firstPauseMs: 1, silenceMs: 100 };
		for (const address of [`http://${host}/manifest.json`, undefined]) {
			const ask = () => readManifest(ports, { address, pin: undefined });
			const error = await endsByItself(`manifest ${address}`, ask, SIX_TRIES);
			expect((error as { fault: string }).fault).toMatch(/^(manifest-invalid|source-unreachable)$/);
		}
		for (const source of [`http://${host}/model`, "model"]) {
			const file = { path: "llm/m.gguf", bytes: 1_000_000, sha256: "0".repeat(64), source };
			const ask = async () => download({ ...ports, directory: await folder(), onBytes: () => {} }, file);
			const error = await endsByItself(`model ${source}`, ask, SIX_TRIES);
			expect((error as { fault: string }).fault).toMatch(/^(size-mismatch|source-unreachable)$/);
		}
	}, 90_000);

	it("ends a question to a store with a CA of its own", async () => {
		const ca = await readFile(CERTIFICATE, "utf8");
		const endpoint = await badTlsServer(how);
		const s3 = createS3({ endpoint, secure: true, ca, bucket: "cres", accessKey: KEY, secretKey: KEY });
		for (const method of ["GET", "PUT"] as const) {
			const call = () => s3.call({ method, key: "k", signal: NEVER, timeoutMs: 200 });
			expect(await endsByItself(method, call), method).toMatchObject({ code: "store_unreachable" });
		}
	});
});
