import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { LABEL } from "../../src/contracts/labels.ts";
import { runCres, settingsFor, writeSettings, type Ran } from "../support/cres.ts";
import { forwarderTo } from "../support/forwarder.ts";
import { faultOf, makeDeployable, succeed, type Deployable } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-faults";
const QUICK = { deploy_timeout: "6s", drain_timeout: "5s", watch: "1s", retain: 2 };

/** A setting with which the container ends at once. */
const DIES = { WORKER_CPU_THREADS: "none" };
/** With another container's id in their identities, its workers are never seen to poll. */
const NEVER_POLLS = { WORKER_CONTAINER_ID: "00000000" };

let project: Deployable;
/** The one container that was live before each fault. */
let live: string;
const settings = (): ReturnType<typeof settingsFor> => ({ ...settingsFor(perimeter, NAME), rollout: QUICK });
const withEnv = (env: Record<string, string>): ReturnType<typeof settingsFor> => {
	const { instances, ...rest } = settings();
	return { ...rest, instances: { [NAME]: { ...instances[NAME], env } } };
};
/** A deploy that came to nothing after something was started. */
const failed = ({ exitCode, stdout, stderr }: Ran) => ({
	exitCode,
	stderr,
	...(JSON.parse(stdout) as { outcome: string; failure: { code: string; message: string }; logTail: string[] }),
});

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
});
afterAll(() => project.remove());

async function sameAsBefore() {
	await writeSettings(project.directory, settings());
	expect((await project.only()).Id).toBe(live);
	expect(await project.leftovers()).toEqual([]);
	expect((await project.status()).verdict).toBe("ok");
}

describe("a first deploy that fails", () => {
	it("removes its container and exits 1", async () => {
		await writeSettings(project.directory, withEnv(DIES));
		const { exitCode, outcome, failure, logTail } = failed(await project.cres("deploy", NAME, "--json"));
		expect({ exitCode, outcome, code: failure.code }).toEqual({
			exitCode: 1,
			outcome: "failed",
			code: "container_died",
		});
		expect(logTail.join("\n")).toContain("WORKER_CPU_THREADS");
		expect([await project.containers(), await project.leftovers()]).toEqual([[], []]);
		expect(await project.status()).toMatchObject({ verdict: "stopped", fix: `cres deploy ${NAME}` });
	});
});

describe("a deploy over a release that runs", () => {
	beforeAll(async () => {
		await writeSettings(project.directory, settings());
		await succeed(project.cres("deploy", NAME));
		live = (await project.only()).Id;
	});
	afterEach(sameAsBefore);

	it("goes back when the new container dies, and shows its last words", async () => {
		await writeSettings(project.directory, withEnv(DIES));
		const { exitCode, stdout, stderr } = await project.cres("deploy", NAME);
		expect([exitCode, stdout]).toEqual([4, ""]);
		expect(stderr).toContain("  | boot: ");
		expect(stderr).toContain("WORKER_CPU_THREADS");
		expect(stderr).toMatch(
			/✖ \S+ did not go live on e2e-faults: the container (was restarted|is) .*; its last error: boot: /,
		);
		expect(stderr).toMatch(/\S+ runs again and polls\n/);
		expect(stderr).toMatch(/→ fix the problem, then run: cres deploy e2e-faults\n {2}code: container_died\n$/);
	});

	it("goes back when the container polls but its jobs would find no store", async () => {
		await writeSettings(project.directory, withEnv({ MINIO_ENDPOINT: "127.0.0.1:1" }));
		const { exitCode, outcome, failure } = failed(await project.cres("deploy", NAME, "--json"));
		expect({ exitCode, outcome, ...failure }).toMatchObject({
			exitCode: 4,
			outcome: "rolled-back",
			code: "unhealthy",
			message: expect.stringMatching(/^the container polls, but .*minio is down: .*ECONNREFUSED/),
		});
	});

	it("goes back when the worker cannot reach Temporal and gives up", async () => {
		const env = { TEMPORAL_ADDRESS: "127.0.0.1:1", TEMPORAL_CONNECT_MAX_ATTEMPTS: "1" };
		const rollout = { ...QUICK, deploy_timeout: "40s" };
		await writeSettings(project.directory, { ...withEnv(env), rollout });
		const { exitCode, outcome, failure, logTail } = failed(await project.cres("deploy", NAME, "--json"));
		expect({ exitCode, outcome, code: failure.code }).toEqual({
			exitCode: 4,
			outcome: "rolled-back",
			code: "container_died", // the container lives, but its process owner starts the worker again and again
		});
		expect(failure.message).toContain("its last error: Temporal at 127.0.0.1:1 did not answer in 1 attempts");
		expect(logTail.join("\n")).toContain("Temporal at 127.0.0.1:1 did not answer in 1 attempts");
	});

	it("goes back when the polls are not those of the new container", async () => {
		await writeSettings(project.directory, withEnv(NEVER_POLLS));
		const { exitCode, outcome, failure, logTail } = failed(await project.cres("deploy", NAME, "--json"));
		expect({ exitCode, outcome, code: failure.code }).toEqual({
			exitCode: 4,
			outcome: "rolled-back",
			code: "never_polled",
		});
		expect(failure.message).toContain(`queue-${NAME}@cpu (workflow), queue-${NAME}@cpu (activity) within 6 s`);
		expect(logTail.join("\n")).toContain("00000000");
	});

	it("goes back when Temporal goes away while it waits, without claiming polls", async () => {
		await using forwarder = await forwarderTo(perimeter.temporal.address);
		const { temporal, ...rest } = withEnv(NEVER_POLLS);
		await writeSettings(project.directory, {
			...rest,
			temporal: { ...(temporal as object), address: forwarder.address },
		});
		const act = () => forwarder.close();
		const ran = await project.start(["deploy", NAME, "--json"], { text: "wait until the new build polls", act });
		const { exitCode, outcome, failure, stderr } = failed(ran);
		expect({ exitCode, outcome, code: failure.code }).toEqual({
			exitCode: 4,
			outcome: "rolled-back",
			code: "temporal_unreachable",
		});
		expect(stderr).toContain("its polls are not verified");
	}, 40_000);

	it("goes back over a new connection when the old one is cut, and ends", async () => {
		await using forwarder = await forwarderTo(`127.0.0.1:${perimeter.instance.port}`);
		const { instances, ...rest } = withEnv(NEVER_POLLS);
		const through = { ...instances[NAME], port: Number(forwarder.address.split(":")[1]) };
		await writeSettings(project.directory, { ...rest, instances: { [NAME]: through } });
		const act = () => forwarder.drop();
		const ran = await project.start(["deploy", NAME, "--json"], { text: "wait until the new build polls", act });
		const { exitCode, outcome, failure } = failed(ran);
		expect({ exitCode, outcome, code: failure.code }).toEqual({
			exitCode: 4,
			outcome: "rolled-back",
			code: "connection_lost",
		});
	}, 40_000);

	it("lets one in: the second is told who holds the lease", async () => {
		await writeSettings(project.directory, withEnv(NEVER_POLLS));
		let second: Promise<Ran> | undefined;
		const act = () => void (second = project.cres("deploy", NAME, "--json"));
		const first = await project.start(["deploy", NAME], { text: "wait until the new build polls", act });
		const fault = faultOf(await second!);
		expect(fault).toMatchObject({ exitCode: 75, code: "lease_held" });
		expect(fault.message).toMatch(/^e2e-faults is locked by \S+@\S+ \(pid \d+\) for \d.* m?s: deploy$/);
		expect(fault.hint).toBe("wait, or look: cres lock show e2e-faults");
		expect(first.exitCode).toBe(4);
	});

	it("F2: is refused from a second clone, which shares no file with the first", async () => {
		await writeSettings(project.directory, withEnv(NEVER_POLLS));
		const clone = await mkdtemp(join(tmpdir(), "cres-clone-"));
		await cp(project.directory, clone, { recursive: true });
		let second: Promise<Ran> | undefined;
		const act = () =>
			void (second = runCres({ directory: clone, temporary: join(clone, ".tmp") }, ["deploy", NAME, "--json"]));
		await project.start(["deploy", NAME], { text: "wait until the new build polls", act });
		expect(faultOf(await second!)).toMatchObject({ exitCode: 75, code: "lease_held" });
		await rm(clone, { recursive: true });
	});

	it("recorded each of them as not live", async () => {
		const { releases } = JSON.parse(await succeed(project.cres("releases", NAME, "--json"))) as {
			releases: { outcome: string }[];
		};
		const outcomes = releases.map(({ outcome }) => outcome);
		expect(outcomes.filter((one) => one === "live")).toHaveLength(1);
		expect(outcomes.filter((one) => one === "rolled-back")).toHaveLength(9);
		expect((await project.only()).Config.Labels[LABEL.generation]).toBe("2");
	});
});
