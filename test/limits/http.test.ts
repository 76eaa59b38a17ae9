import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { describe, expect, it, onTestFinished } from "vitest";
import { createGitHub, type GitHub } from "../../src/github/client.ts";
import { tokenScopes } from "../../src/github/token.ts";
import { openSuite } from "../../src/image/package-index.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { readServerTime } from "../../src/registry/server-time.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { createS3 } from "../../src/store/s3.ts";
import { createStore, type Store } from "../../src/store/store.ts";
import { answersHttp } from "../../src/system/answers.ts";
import { scaledClock, systemClock } from "../../src/system/clock.ts";
import { createVast } from "../../src/vast/client.ts";
import type { Vast } from "../../src/vast/vast.ts";
import { BAD_PEERS, badServer, endsByItself } from "../support/bad-peers.ts";

const NEVER = new AbortController().signal;
const KEY = new Secret("sentinel-key");

/** Every question of a client; a new method has to be added to its table. */
type Calls<Client> = Record<keyof Client, ((client: Client) => Promise<unknown>) | "local">;

async function allEnd<Client extends object>(client: Client, calls: Calls<Client>, code: RegExp): Promise<void> {
	expect(Object.keys(client).toSorted()).toEqual(Object.keys(calls).toSorted());
	await Promise.all(
		(Object.entries(calls) as [string, Calls<Client>[keyof Client]][]).map(async ([name, call]) => {
			if (call === "local") return;
			const error = await endsByItself(name, () => call(client));
			expect((error as { code: string }).code, name).toMatch(code);
		}),
	);
}

const DIGEST = `sha256:${"1".repeat(64)}` as const;
const REGISTRY: Calls<Registry> = {
	address: "local",
	ping: (one) => one.ping(),
	mayPush: (one) => one.mayPush("o/w"),
	resolve: (one) => one.resolve("o/w", "t"),
	manifest: (one) => one.manifest("o/w", "t"),
	blob: (one) => one.blob("o/w", DIGEST as never),
	putBlob: (one) => one.putBlob("o/w", Buffer.from("x"), "text/plain"),
	putManifest: (one) => one.putManifest("o/w", "t", Buffer.from("{}"), "application/json"),
	referrers: (one) => one.referrers("o/w", DIGEST as never),
	standing: (one) => one.standing("o/w", "t"),
	moveTag: (one) => one.moveTag("o/w", "t", { bytes: Buffer.from("{}"), mediaType: "m" }, async () => undefined),
	tags: (one) => one.tags("o/w"),
	deleteManifest: (one) => one.deleteManifest("o/w", DIGEST as never),
};

const NEW = { image: "i", diskGb: 1, label: "l", env: {}, onstart: "", login: undefined };
const VAST: Calls<Vast> = {
	contract: (one) => one.contract(1),
	contracts: (one) => one.contracts(),
	stage: (one) => one.stage(1, { image: "i", env: {}, onstart: "", login: undefined } as never),
	recycle: (one) => one.recycle(1),
	start: (one) => one.start(1),
	setLabel: (one) => one.setLabel(1, "l"),
	log: (one) => one.log(1, { tail: 1 }),
	keys: (one) => one.keys(1),
	attachKey: (one) => one.attachKey(1, "ssh-ed25519 AAAA"),
	offers: (one) => one.offers({ gpuName: "RTX 4090", diskGb: 1, limit: 1 } as never),
	create: (one) => one.create(1, NEW),
	destroy: (one) => one.destroy(1),
	account: (one) => one.account(),
};

const GITHUB: Calls<GitHub> = {
	repository: "local",
	request: (one) => one.request("GET /pulls", {}, z.array(z.unknown())),
	commit: (one) => one.commit("0123456"),
	runs: (one) => one.runs("images.yml", "0123456"),
	run: (one) => one.run(1),
	jobs: (one) => one.jobs(1),
	statuses: (one) => one.statuses("0123456"),
	addStatus: (one) => one.addStatus("0123456", { state: "success", context: "c", description: "d", url: "https://h/" }),
	holds: (one) => one.holds("main", "0123456"),
	issues: (one) => one.issues("l"),
	createIssue: (one) => one.createIssue({ title: "t", body: "b", labels: [] }),
	updateIssue: (one) => one.updateIssue(1, { state: "closed" }),
	isOrganization: (one) => one.isOrganization("o"),
	packageVersions: (one) => one.packageVersions("/users/o/packages/container/w"),
	deletePackageVersion: (one) => one.deletePackageVersion("/users/o/packages/container/w", 1),
};

const temporary = async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-limits-"));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
};

describe.each(BAD_PEERS)("A16: a server that is %s", (how) => {
	it("ends every question to a registry", async () => {
		const { host } = await badServer(how);
		const registry = createRegistry({ address: host, tls: false }, undefined, { timeoutMs: 100 });
		const calls: Calls<Registry> = how === "silent" ? REGISTRY : { ...REGISTRY, putBlob: "local" }; // its HEAD is answered
		await allEnd(registry, calls, /^registry_unreachable$/);
	});

	it("ends every question to Vast", async () => {
		const { host } = await badServer(how);
		const clock = scaledClock(systemClock, 10_000);
		const vast = createVast({ url: `http://${host}`, key: new Secret(`key-${how}`), clock, timeoutMs: 100 });
		await allEnd(vast, VAST, /^vast_(unreachable|reply_lost|unreadable)$/);
	}, 20_000);

	it("ends every question to the object store", async () => {
		const { host } = await badServer(how);
		const keys = { accessKey: KEY, secretKey: KEY };
		const s3 = createS3({ endpoint: host, secure: false, bucket: "cres", ...keys });
		const path = join(await temporary(), "file");
		const STORE: Calls<Store> = {
			...{ endpoint: "local", bucket: "local" },
			bucketExists: (one) => one.bucketExists(),
			prepareBucket: (one) => one.prepareBucket(),
			save: (one) => one.save("key", path, { signal: NEVER, most: 1 << 20 }),
		};
		const silenceMs = 200;
		// a peer that answers the head of a HEAD has answered it
		const calls: Calls<Store> = how === "silent" ? STORE : { ...STORE, bucketExists: "local", prepareBucket: "local" };
		await allEnd(createStore(s3, silenceMs), calls, how === "endless" ? /^object_incomplete$/ : /^store_unreachable$/);
		const call = () => s3.call({ method: "GET", key: "k", signal: NEVER, timeoutMs: 100 });
		expect(await endsByItself("GET", call)).toMatchObject({ code: "store_unreachable" });
	});

	it("ends every question to GitHub", async () => {
		const { host } = await badServer(how);
		const limits = { timeoutMs: 100, retryMs: 1, wholeMs: 2_000, mostBytes: 1 << 20 };
		const github = createGitHub({ url: `http://${host}`, repository: "o/w", token: KEY, ...limits });
		await allEnd(github, GITHUB, /^github_unreachable$/);
	}, 20_000);

	it("ends a look at a mirror, GitHub, a clock and a port", async () => {
		const { host } = await badServer(how);
		const url = `http://${host}`;
		const limits = { answerMs: 100, wholeMs: 200, bytes: 1 << 20, textBytes: 1 << 20 };
		expect(await endsByItself("mirror", () => openSuite(url, "stable", NEVER, limits))).toMatchObject({
			code: "mirror_unreachable",
		});
		expect(await endsByItself("GitHub", () => tokenScopes(KEY, NEVER, url, 150))).toMatchObject({
			code: "github_unreachable",
		});
		expect(await endsByItself("clock", () => readServerTime(new URL(url), undefined, 100))).toBeDefined();
		await endsByItself("port", () => answersHttp(url));
	});
});
