import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { releaseDraft } from "../../src/plan/from-release.ts";
import { appendRelease, type Release } from "../../src/state/releases.ts";
import { refusal } from "../support/refusal.ts";

let state: string;
beforeEach(async () => {
	state = await mkdtemp(join(tmpdir(), "cres-release-"));
});

const release = (id: string, more: Partial<Release> = {}): Release => ({
	...{ id, instance: "gpu-1", at: "2026-03-04T11:00:00Z", image: `r/o@sha256:${id}`, digest: `sha256:${id}` },
	...{ buildId: `build-${id}`, generation: 2, specHash: "abcd", outcome: "live", durationMs: 65_000 },
	spec: { env: {}, secrets: {}, roles: ["cpu", "gpu"], gpu: true },
	...more,
});

/** The draft of the last of the releases. */
async function draftOf(...releases: Release[]): Promise<Record<string, unknown>> {
	for (const one of releases) await appendRelease(state, one);
	return releaseDraft({ state, instances: { "cpu-1": {}, "gpu-1": {} } }, releases.at(-1)!.id);
}

describe("the draft of a release", () => {
	it("says what ran before, what runs, how long it took, and the command that goes back", async () => {
		expect(await draftOf(release("a"), release("b", { by: "me@here" }))).toEqual({
			title: "Deploy gpu-1 to build-b",
			objective: "run build `build-b` (`sha256:b`) on gpu-1, generation 2.",
			changes: ["gpu-1: `build-a` (`sha256:a`) → `build-b`"],
			validation: [
				{
					label: "Release b",
					observed: ["`live` at 2026-03-04T11:00:00Z after 1 min 5 s, by me@here", "roles cpu, gpu; settings `abcd`"],
				},
			],
			rollback: ["`cres rollback gpu-1`"],
		});
	});

	it("has nothing before it where it is the first, and is undone by a stop", async () => {
		expect(await draftOf(release("a"))).toMatchObject({
			...{ changes: ["gpu-1: nothing → `build-a`"], rollback: ["`cres stop gpu-1`"] },
			validation: [{ observed: ["`live` at 2026-03-04T11:00:00Z after 1 min 5 s", expect.any(String)] }],
		});
	});

	it("that failed says what was put back, and that nothing is to be undone", async () => {
		const failed = release("c", { outcome: "rolled-back" });
		expect(await draftOf(release("a"), release("b", { outcome: "rolled-back" }), failed)).toMatchObject({
			title: "Deploy gpu-1 to build-c failed",
			changes: ["gpu-1: `build-a` (`sha256:a`) → `build-c`", "went back to `build-a`"],
			rollback: ["Nothing to undo: the release before runs."],
		});
	});

	it("that failed as the first one says that its container was removed", async () => {
		const { changes } = await draftOf(release("a", { outcome: "rolled-back" }));
		expect(changes).toEqual(["gpu-1: nothing → `build-a`", "the new container was removed"]);
	});

	it("names its channel, and is a way back where it repeats another one", async () => {
		expect(await draftOf(release("a"), release("b", { channel: "stable", replays: "x" }))).toMatchObject({
			title: "Roll back gpu-1 to build-b",
			changes: [expect.any(String), "by the channel `stable`"],
		});
	});

	it("is refused for an id that no instance has", async () => {
		const refused = await refusal(releaseDraft({ state, instances: {} }, "gone"));
		expect(refused).toEqual({
			...{ code: "plan_release_unknown", message: "no record has a release gone" },
			hint: "cres releases --json shows their ids",
		});
		await appendRelease(state, release("a"));
		await refusal(releaseDraft({ state, instances: { "gpu-1": {} } }, "b"));
	});
});
