import { describe, expect, it } from "vitest";
import { LABEL } from "../../../src/contracts/labels.ts";
import type { ContainerState } from "../../../src/instances/docker/container-host.ts";
import { recordedContainer } from "../../../src/instances/docker/containers.ts";
import type { Release } from "../../../src/state/releases.ts";

const container = (id: string, state = "running"): ContainerState => ({
	id,
	name: id,
	state,
	address: null,
	restarts: 0,
	exitCode: 0,
	startedAt: 0,
	labels: { [LABEL.rollout]: `rollout-${id}` },
});
const release = (id: string, outcome: Release["outcome"] = "live") => ({ id: `rollout-${id}`, outcome }) as Release;

describe("recordedContainer", () => {
	it.each([
		["nothing runs", [container("a", "exited")], [release("a")], undefined],
		["one runs", [container("a")], [release("a")], "a"],
		["one is between two of its restarts", [container("a", "restarting"), container("b", "exited")], [], "a"],
		["the recorded one is", [container("b"), container("a", "restarting")], [release("a")], "a"],
		["a killed rollout left a newer one", [container("b"), container("a")], [release("a")], "a"],
		[
			"a failed rollout is on record",
			[container("b"), container("a")],
			[release("a"), release("b", "rolled-back")],
			"a",
		],
		["the recorded one was drained already", [container("b"), container("a", "exited")], [release("a")], "b"],
		["the records are gone", [container("b"), container("a")], [], "b"],
	])("%s", (_case, containers, releases, id) => {
		expect(recordedContainer(containers, releases)?.id).toBe(id);
	});
});
