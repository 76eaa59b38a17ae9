import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { documentedFields } from "../support/documented-json.ts";
import { makeProject, sending, settingsFor, type Project } from "../support/cres.ts";
import { rm } from "node:fs/promises";
import { givenDigest, pushEntry, reportOf, smokeThings, smokeObjects } from "./smoke-project.ts";

const perimeter = inject("perimeter");
const MINUTES = 180_000;
const [STRAY, WRONG] = ["5a5a5a5a5a01", "5a5a5a5a5a02"];

let project: Project;
let digest: string;
beforeAll(async () => {
	project = await makeProject(perimeter, "smoke-1", {
		...settingsFor(perimeter, "smoke-1"),
		rollout: { deploy_timeout: "60s" }, // as without a setting: two at once share the cores
	});
	digest = await givenDigest(perimeter);
	await pushEntry(perimeter, digest, STRAY, "export BASE_TASK_QUEUE=stray");
	const registered = "sed -i s/5a5a5a5a5a02/5a5a5a5a5aff/ /app/build-info.json";
	await pushEntry(perimeter, digest, WRONG, registered);
});
afterAll(() => rm(project.directory, { recursive: true, force: true }));

const smoke = (image: string, ...args: string[]) => project.cres("smoke", image, "--against", "rehearsal", ...args);
const failedRungs = (report: ReturnType<typeof reportOf>) =>
	report.rungs.filter(({ status }) => status === "fail").map(({ name }) => name);

describe("cres smoke", () => {
	it(
		"passes the image of this tree, and leaves nothing behind",
		async () => {
			const ran = await smoke(digest, "--json");
			const report = reportOf(ran);
			expect(failedRungs(report)).toEqual([]);
			expect([ran.exitCode, report.ok, report.digest]).toEqual([0, true, digest]);
			expect(report.rungs.map(({ name }) => name)).toEqual([
				...["image", "dependencies", "layout", "start", "binaries", "imports", "queues", "health"],
				...["supervisor", "workflow", "stop", "clean"],
			]);
			expect([await smokeThings(), await smokeObjects(perimeter)]).toEqual([[], []]);
			const documented = await documentedFields();
			expect(Object.keys(JSON.parse(ran.stdout) as object).toSorted()).toEqual(documented.get("smoke")!.toSorted());
		},
		MINUTES,
	);

	it("says under --dry-run what it would do, and starts nothing", async () => {
		const { exitCode, stdout } = await smoke(digest, "--dry-run", "--json");
		expect([exitCode, JSON.parse(stdout)]).toMatchObject([
			0,
			{ dryRun: true, digest, role: "cpu", against: "rehearsal" },
		]);
		const documented = await documentedFields();
		expect(Object.keys(JSON.parse(stdout) as object).toSorted()).toEqual(documented.get("smoke --dry-run")!.toSorted());
		expect(await smokeThings()).toEqual([]);
	});

	it(
		"runs twice at once, and fails the image whose workers poll other queues at that rung alone",
		async () => {
			const [good, stray] = await Promise.all([smoke(digest, "--json"), smoke(STRAY, "--json")]);
			expect(failedRungs(reportOf(good))).toEqual([]);
			expect(stray.exitCode).toBe(1);
			expect(stray.stderr).toContain("code: smoke_failed");
			const report = reportOf(stray);
			expect(failedRungs(report)).toEqual(["queues"]);
			const { observed } = report.rungs.find(({ name }) => name === "queues")!;
			expect(observed).toMatch(/^after 1 min 0 s: nobody polls @cpu \(workflow\), @cpu \(activity\)\nlog: /);
			expect(await smokeThings()).toEqual([]);
		},
		MINUTES,
	);

	it(
		"is removed on Ctrl-C, and what one that was killed has left is removed by the next",
		async () => {
			const args = ["smoke", digest, "--against", "rehearsal"];
			const stopped = await project.start(args, sending("SIGINT", "• binaries"));
			expect([stopped.exitCode, await smokeThings()]).toEqual([130, []]);
			const killed = await project.start(args, sending("SIGKILL", "• supervisor, workflow"));
			expect(killed.exitCode).toBeNull();
			expect(await smokeThings()).not.toEqual([]);
			await delay(2_000); // its job goes on meanwhile
			const wrong = await smoke(WRONG, "--json");
			const report = reportOf(wrong);
			expect(failedRungs(report)).toEqual(expect.arrayContaining(["queues"]));
			const { observed, ms } = report.rungs.find(({ name }) => name === "queues")!;
			expect(observed).toContain("as build 5a5a5a5a5aff");
			expect(ms).toBeLessThan(30_000);
			expect(wrong.stderr).toContain("removed what 1 earlier smoke test had left");
			expect([await smokeThings(), await smokeObjects(perimeter)]).toEqual([[], []]);
		},
		MINUTES,
	);
});
