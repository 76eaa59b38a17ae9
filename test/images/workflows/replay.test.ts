import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
	bundleWorkflowCode,
	DefaultLogger,
	Runtime,
	Worker,
} from "../../../images/node_modules/@temporalio/worker/lib/index.js";

const HISTORIES = join(import.meta.dirname, "../../fixtures/histories");
const names = await readdir(HISTORIES);

const read = async (name: string): Promise<History> =>
	JSON.parse(await readFile(join(HISTORIES, name), "utf8")) as History;

interface History {
	events: { eventType: string; activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

describe("recorded executions", () => {
	let workflowBundle: { code: string };
	beforeAll(async () => {
		Runtime.install({ logger: new DefaultLogger("ERROR") });
		workflowBundle = await bundleWorkflowCode({
			workflowsPath: join(import.meta.dirname, "../../../images/worker/workflows/workflows.ts"),
			logger: new DefaultLogger("ERROR"),
		});
	}, 60_000);

	it("are there for every workflow", () => {
		const recorded = ["batch", "dispatcher", "reprocess", "video", "video-download", "video-failed"];
		expect(names.map((name) => name.replace(".json", "")).toSorted()).toEqual(recorded);
	});

	it.each(names)("%s goes on with the workflows of now", async (name) => {
		await Worker.runReplayHistory({ workflowBundle }, await read(name));
	});

	it("would not go on if an activity had another name", async () => {
		const history = await read("video.json");
		for (const { activityTaskScheduledEventAttributes: scheduled } of history.events)
			if (scheduled?.activityType.name === "transcribe_video") scheduled.activityType.name = "transcribe";
		await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toThrow("nondeterminism");
	});
});
