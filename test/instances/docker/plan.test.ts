import { describe, expect, it } from "vitest";
import { LABEL } from "../../../src/contracts/labels.ts";
import type { ContainerState } from "../../../src/instances/docker/container-host.ts";
import { dockerStepSchema, isAlready, planRoll } from "../../../src/instances/docker/roll/plan.ts";
import type { Release } from "../../../src/state/releases.ts";
import { nextRelease } from "../../support/next-release.ts";

const container = (name: string, digest: string, state = "running"): ContainerState => ({
	...{ id: `id-${name}`, name, state, restarts: 0, exitCode: 0, startedAt: 0, address: null },
	labels: { [LABEL.digest]: digest, [LABEL.runSpec]: "s1" },
});
const old = container("g1", "sha256:old");
const stopped = container("g0", "sha256:older", "exited");
const settings = { container: "cres-p-cpu-1-g2", generation: 2, retain: 2 };
const next = nextRelease({ reference: "r/app@sha256:new" });
const gpu = { ...next, spec: { ...next.spec, roles: ["gpu" as const] } };
const plan = (containers: ContainerState[], wanted = next, releases: Release[] = []) =>
	planRoll({ containers, releases }, wanted, settings).map((step) => dockerStepSchema.parse(step));
const kinds = (...of: Parameters<typeof plan>) => plan(...of).map(({ kind }) => kind);

describe("the plan of a roll", () => {
	it("starts the new worker before it drains the old one, so no queue is ever unpolled", () => {
		expect(kinds([old])).toEqual(["pull", "start", "await-pollers", "watch", "drain", "remove", "prune"]);
	});

	it("drains first where the device can hold one worker only", () => {
		expect(kinds([old], gpu)).toEqual(["pull", "drain", "start", "await-pollers", "watch", "remove", "prune"]);
	});

	it("has nothing to drain or to remove on a fresh instance", () => {
		expect(kinds([], gpu)).toEqual(["pull", "start", "await-pollers", "watch", "prune"]);
	});

	it("drains what runs and removes everything of ours", () => {
		const steps = plan([old, stopped]);
		const named = ({ id, name }: ContainerState) => ({ id, name });
		expect(steps.find(({ kind }) => kind === "drain")).toMatchObject({ containers: [named(old)] });
		expect(steps.find(({ kind }) => kind === "remove")).toMatchObject({ containers: [named(old), named(stopped)] });
	});

	it("gives each step its phase, and a line for people", () => {
		expect(plan([old]).map(({ phase, title }) => `${phase}: ${title}`)).toEqual([
			"prepare: pull sha256:bbbbbbbbbbbb",
			"swap: start a container of sha256:bbbbbbbbbbbb",
			"prove: wait until the new build polls every expected queue",
			"prove: watch the new container for restarts",
			"swap: drain and stop g1",
			"cleanup: remove g1",
			"cleanup: prune images beyond those retained",
		]);
	});

	it("starts the image with the settings of the release, under the name of its life", () => {
		const { image, reference, spec, specHash } = next;
		expect(plan([old])[1]).toMatchObject({
			...{ kind: "start", name: "cres-p-cpu-1-g2", reference, generation: 2, spec, specHash },
			...{ digest: image.digest, buildId: image.buildId },
		});
	});

	it("A8: tells what the image writes, where it says so; one of before does not", () => {
		expect(plan([old])[1]).not.toHaveProperty("writes");
		const image = { ...next.image, writes: ["/tmp"] };
		expect(plan([old], { ...next, image })[1]).toMatchObject({ kind: "start", writes: ["/tmp"] });
	});

	it("stops a container that its restart policy is about to start again", () => {
		const titles = plan([{ ...old, state: "restarting" }]).map(({ title }) => title);
		expect(titles).toContain("drain and stop g1");
	});

	it("prunes images of its own repository only, the newest first", () => {
		const releases = ["r/app@sha256:a", "other@sha256:x", "r/app@sha256:b", "r/app@sha256:a"];
		const recorded = releases.map((image) => ({ image }) as Release);
		expect(plan([], next, recorded).at(-1)).toMatchObject({
			references: ["r/app@sha256:new", "r/app@sha256:a", "r/app@sha256:b"],
			retain: 2,
		});
	});
});

describe("isAlready", () => {
	const same = container("g1", next.image.digest);
	it.each([
		["the wanted container runs alone", [same], true],
		["it is stopped", [{ ...same, state: "exited" }], false],
		["the run spec differs", [{ ...same, labels: { ...same.labels, [LABEL.runSpec]: "s2" } }], false],
		["the digest differs", [old], false],
		["a second container is there", [same, stopped], false],
		["nothing is there", [], false],
	])("when %s", (_case, containers, expected) => {
		expect(isAlready(containers, next)).toBe(expected);
	});
});
