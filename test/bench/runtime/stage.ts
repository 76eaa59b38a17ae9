import { randomBytes } from "node:crypto";
import { link, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Client, Connection, type WorkflowHandle } from "@temporalio/client";
import { MODELS_MANIFEST_KEY } from "../../../src/contracts/models.ts";
import { taskQueue } from "../../../src/contracts/queues.ts";
import { connectTemporal, type Temporal } from "../../../src/temporal/temporal.ts";
import { sdkConnection, temporalOf, toolkitConnection } from "../../support/perimeter-temporal.ts";
import type { BenchProject } from "../project.ts";
import { makeBox, pullImage, type Box, type BoxOptions } from "./box.ts";
import { makeBucket, type Bucket } from "./bucket.ts";

/** How often and how much; chosen on the command line. */
export interface Counts {
	/** Container starts. */
	runs: number;
	/** Videos of a batch. */
	videos: number;
	/** Tiny jobs. */
	jobs: number;
	/** After which a batch is given up. */
	minutes: number;
}

/** What the sections work with. */
export interface Stage {
	project: BenchProject;
	/** Of the app image. */
	digest: string;
	counts: Counts;
	/** Told apart from other runs by it. */
	run: string;
	temporal: Temporal;
	client: Client;
	bucket: Bucket;
	/** Starts a job on `<base>@cpu`; terminated by clear() if it still runs. */
	start: (type: string, base: string, id: string, input: unknown) => Promise<WorkflowHandle>;
	/** Makes a container; removed by clear(). */
	box: (options: BoxOptions) => Promise<Box>;
	/** Runs when the section is over, the last one first. */
	defer: (undo: () => PromiseLike<unknown>) => void;
	/** Undoes what a section has made. */
	clear: () => Promise<void>;
	close: () => Promise<void>;
}

/** A bucket that names the models of the perimeter, a copy of them to mount, and connections. */
export async function openStage(project: BenchProject, digest: string, counts: Counts): Promise<Stage> {
	const { perimeter } = project;
	const run = randomBytes(3).toString("hex");
	const image = await pullImage(project, digest);
	const ends = new AsyncDisposableStack();
	const served = temporalOf(perimeter);
	const connection = Connection.lazy(sdkConnection(served));
	ends.defer(() => connection.close());
	const temporal = await connectTemporal(toolkitConnection(served));
	ends.defer(() => temporal.close());
	const models = await linkModels(perimeter);
	ends.defer(() => rm(models, { recursive: true, force: true }));
	const bucket = ends.use(await makeBucket(perimeter, `bench-${run}`));
	const manifest = await readFile(join(modelsOf(perimeter), "manifest.json"), "utf8");
	await bucket.put(MODELS_MANIFEST_KEY, manifest);
	const client = new Client({ connection });
	const set = { project, temporal, image, bucket: bucket.name, models, run };
	return {
		...{ project, digest, counts, run, temporal, client, bucket },
		...undoing(client, set),
		close: () => ends.disposeAsync(),
	};
}

/** Where a checkout keeps the models. */
const modelsOf = ({ contextRoot }: BenchProject["perimeter"]): string => join(contextRoot, ".cres", "models");

/** What makes containers and jobs, and removes them. */
function undoing(client: Client, set: Parameters<typeof makeBox>[0]): Pick<Stage, "box" | "start" | "defer" | "clear"> {
	let undo = new AsyncDisposableStack();
	return {
		defer: (one) => undo.defer(async () => void (await Promise.resolve(one()).catch(() => {}))),
		async box(options) {
			const box = await makeBox(set, options);
			undo.defer(() => box.remove());
			return box;
		},
		async start(type, base, id, input) {
			const options = { taskQueue: taskQueue(base, "cpu"), workflowId: `bench-${set.run}-${id}`, args: [input] };
			const handle = await client.workflow.start(type, options);
			undo.defer(async () => void (await handle.terminate("the bench is over").catch(() => {})));
			return handle;
		},
		async clear() {
			const old = undo;
			undo = new AsyncDisposableStack();
			await old.disposeAsync();
		},
	};
}

/** Hard links: containers may add to the directory, and the checkout's own stays as it is. */
async function linkModels(perimeter: BenchProject["perimeter"]): Promise<string> {
	const from = modelsOf(perimeter);
	const to = await mkdtemp(join(perimeter.directory, "bench-models-"));
	const entries = await readdir(from, { recursive: true, withFileTypes: true });
	for (const entry of entries.filter((one) => one.isFile() && !one.name.startsWith("."))) {
		const path = join(entry.parentPath, entry.name);
		const copy = join(to, path.slice(from.length));
		await mkdir(dirname(copy), { recursive: true });
		await link(path, copy);
	}
	return to;
}
