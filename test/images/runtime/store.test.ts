import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DependencyError } from "../../../images/runtime/dependency-error.ts";
import { openStore, type Store } from "../../../images/runtime/store.ts";
import { s3Store } from "../../../images/worker/store.ts";
import { silentServer } from "../api/fakes.ts";
import { startWeed, type Weed } from "../../models/weed.ts";

const signal = new AbortController().signal;

let weed: Weed;
let store: Store;
let directory: string;
const settings = (changes: object = {}) => {
	const { endpoint, bucket, accessKey, secretKey } = weed;
	return { endpoint: `http://${endpoint}`, bucket, accessKey, secretKey, keysFrom: "tests", ...changes };
};
const opened: Store[] = [];
const open = (...[changes, options]: [object, Parameters<typeof openStore>[1]?]): Store => {
	const one = openStore(settings(changes), options);
	opened.push(one);
	return one;
};

beforeAll(async () => {
	weed = await startWeed();
	directory = await mkdtemp(join(tmpdir(), "cres-store-"));
	store = openStore(settings());
}, 60_000);
afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))));
afterAll(async () => {
	await Promise.all([store.close(), weed.close(), rm(directory, { recursive: true })]);
});

describe("the store", () => {
	it("opens the bucket, and gives back text, file and part as they were put", async () => {
		await store.check(signal);
		expect(await store.putText("a/text", "grün", "text/plain", signal)).toEqual({ key: "a/text", bytes: 5 });
		expect(await store.getText("a/text", signal)).toBe("grün");
		expect((await weed.get("a/text"))?.headers.get("content-type")).toBe("text/plain");
		const path = join(directory, "up");
		await writeFile(path, "0123456789");
		expect(await store.putFile("a/file", path, "video/mp4", signal)).toEqual({ key: "a/file", bytes: 10 });
		expect(await store.getFile("a/file", join(directory, "down"), signal)).toBe(true);
		expect(await readFile(join(directory, "down"), "utf8")).toBe("0123456789");
		const part = await store.open("a/file", "bytes=7-", signal);
		expect([part.contentRange, part.contentLength, await text(part.body)]).toEqual(["bytes 7-9/10", 3, "789"]);
		expect((await store.open("a/file", undefined, signal)).contentRange).toBeUndefined();
	});

	it("tells what is not there from what cannot be had", async () => {
		expect(await store.getText("b/none", signal)).toBeUndefined();
		expect(await store.getFile("b/none", join(directory, "none"), signal)).toBe(false);
		await store.remove("b/none", signal);
		await expect(store.open("b/none", undefined, signal)).rejects.toMatchObject({
			name: "DependencyError",
			status: 404,
		});
		await store.putText("b/one", "1", "text/plain", signal);
		await expect(store.open("b/one", "bytes=5-", signal)).rejects.toMatchObject({ status: 416 });
		await store.remove("b/one", signal);
		expect(await store.getText("b/one", signal)).toBeUndefined();
	});

	it("lists every page in the order of the keys, with a mark that changes with the content", async () => {
		const keys = Array.from({ length: 1_003 }, (_, at) => `c/${String(at).padStart(4, "0")}`);
		for (let at = 0; at < keys.length; at += 50)
			await Promise.all(keys.slice(at, at + 50).map((key) => store.putText(key, key, "text/plain", signal)));
		const listed = await Array.fromAsync(store.list("c/", signal));
		expect(listed.map(({ key }) => key)).toEqual(keys);
		expect(Date.now() - listed[0]!.modified.getTime()).toBeLessThan(120_000);
		await store.putText("c/0000", "other", "text/plain", signal);
		const [first] = await Array.fromAsync(store.list("c/0000", signal));
		expect(first!.etag).not.toBe(listed[0]!.etag);
	}, 30_000);

	it.each<[string, object, RegExp, number | undefined]>([
		["other keys", { secretKey: "not-the-secret" }, /^the store at \S+\/cres refuses the keys$/, 403],
		["another bucket", { bucket: "another" }, /^the store at \S+\/another has no such bucket$/, 404],
		["nobody there", { endpoint: "http://127.0.0.1:1" }, /^the store at \S+ fails: .*ECONNREFUSED/, undefined],
	])("says why it does not open: %s", async (_case, changes, message, status) => {
		const failure = await open(changes, { client: { maxAttempts: 1 } })
			.check(signal)
			.catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(DependencyError);
		expect(failure).toMatchObject({ message: expect.stringMatching(message), status });
	});

	it("does not wait for longer than it may, and not at all once it is told to stop", async () => {
		await using silent = await silentServer();
		const slow = open({ endpoint: `http://${silent.address}` }, { limit: 300 });
		await expect(slow.getText("k", signal)).rejects.toThrow("did not answer in time");
		const stop = new AbortController();
		const asked = open({ endpoint: `http://${silent.address}` }).getText("k", stop.signal);
		stop.abort(new Error("stopped"));
		await expect(asked).rejects.toThrow("stopped");
		await expect(store.getText("a/text", stop.signal)).rejects.toThrow("stopped");
	});
});

describe("the store of activities", () => {
	it("fails by type, so that another attempt is made", async () => {
		const failing = s3Store(settings({ endpoint: "http://127.0.0.1:1" }));
		await expect(failing.getText("k", signal)).rejects.toMatchObject({
			type: "StoreUnavailable",
			message: expect.stringContaining("ECONNREFUSED"),
			nonRetryable: false,
		});
	});

	it("leaves a full disk of its own as it is", async () => {
		await store.putText("d/file", "content", "text/plain", signal);
		await expect(s3Store(settings()).getFile("d/file", "/dev/full", signal)).rejects.toMatchObject({ code: "ENOSPC" });
	});
});
