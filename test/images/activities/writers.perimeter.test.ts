import { mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { beforeAll, expect, inject, it } from "vitest";
import { createRecordActivities } from "../../../images/worker/activities/records.ts";
import { clearScratch, inScratch } from "../../../images/worker/scratch.ts";
import { s3Store } from "../../../images/worker/store.ts";
import { queryKeys } from "../../../src/contracts/objects.ts";
import type { RecordInput } from "../../../src/contracts/tasks.ts";
import { attempt } from "./attempt.ts";

const { endpoint, accessKey, secretKey } = inject("perimeter").store;
const bucket = "cres";
const never = new AbortController().signal;

beforeAll(async () => {
	const s3 = new AwsClient({ accessKeyId: accessKey, secretAccessKey: secretKey, service: "s3", region: "us-east-1" });
	await s3.fetch(`${endpoint}/${bucket}`, { method: "PUT" });
});

it("twenty writers at once, some of them twice, leave each video once in a real store's manifest", async () => {
	const query = `Writers ${process.pid}`;
	const ids = Array.from({ length: 20 }, (_, at) => `v${String(at).padStart(2, "0")}`);
	const video = { objectKey: "k", status: "downloaded", transcriptKey: null } as const;
	// Each has a connection of its own, as workers have.
	const record = (id: string) => {
		const store = s3Store({ endpoint, bucket, accessKey, secretKey, keysFrom: "" });
		const input: RecordInput = { query, id, url: `http://media.test/${id}.mp4`, ...video };
		return attempt(() => createRecordActivities({ store }).record_video(input));
	};
	await Promise.all([...ids, ...ids.slice(0, 5)].map(record));
	const store = s3Store({ endpoint, bucket, accessKey, secretKey, keysFrom: "" });
	const { videos } = JSON.parse((await store.getText(queryKeys(query).manifest, never))!);
	expect(videos.map((one: { video_id: string }) => one.video_id)).toEqual(ids);
}, 60_000);

const SCRATCH = new URL("../../../images/worker/scratch.ts", import.meta.url).href;

/** A process that works in a scratch directory until it is killed. */
async function attemptIn(root: string): Promise<ChildProcess> {
	const code = `import { inScratch } from ${JSON.stringify(SCRATCH)};
		await inScratch(process.argv[1], async () => { console.log("in"); await new Promise((r) => setTimeout(r, 1e8)); });`;
	const child = spawn(process.execPath, ["--input-type=module", "-e", code, root], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	await once(child.stdout!, "data");
	return child;
}

it("what a killed attempt has left goes once it is old enough, what others use or own stays", async () => {
	const root = await mkdtemp(join(tmpdir(), "cres-left-"));
	const killed = await attemptIn(root);
	killed.kill("SIGKILL");
	await once(killed, "close");
	const left = await readdir(root);
	expect(left).toHaveLength(1);
	expect(await clearScratch(root, 900)).toEqual([]);
	const old = new Date(Date.now() - 901_000);
	await utimes(join(root, left[0]!), old, old);
	await inScratch(root, async (own) => {
		const foreign = await mkdtemp(join(root, "foreign-"));
		await utimes(foreign, old, old);
		expect(await clearScratch(root, 900)).toEqual([join(root, left[0]!)]);
		expect((await readdir(root)).map((name) => join(root, name)).toSorted()).toEqual([own, foreign].toSorted());
	});
	await rm(root, { recursive: true });
});

it("an attempt that works for long keeps its directory young", async () => {
	const root = await mkdtemp(join(tmpdir(), "cres-long-"));
	const working = await attemptIn(root);
	const [name] = await readdir(root);
	const old = new Date(Date.now() - 901_000);
	await utimes(join(root, name!), old, old);
	await expect.poll(() => stillOld(join(root, name!)), { timeout: 20_000, interval: 500 }).toBe(false);
	expect(await clearScratch(root, 60)).toEqual([]);
	working.kill("SIGKILL");
	await once(working, "close");
	await rm(root, { recursive: true });
}, 30_000);

async function stillOld(path: string): Promise<boolean> {
	return Date.now() - (await stat(path)).mtimeMs > 60_000;
}
