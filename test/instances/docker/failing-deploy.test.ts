import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { readKeptLog } from "../../../src/state/kept-logs.ts";
import { BUILD, makeDockerWorld, type ControlHost, type DockerWorld } from "../../support/docker-world.ts";
import { WELL, dockerFailed } from "../../support/fake-container-host.ts";
import type { Behaviour } from "../../support/fake-daemon.ts";

let world: DockerWorld;
let host: ControlHost;
const begin = async (...of: Parameters<typeof makeDockerWorld>) => {
	await world?.close();
	world = await makeDockerWorld(...of);
	world.daemon.gpu = of[0]?.roles?.includes("gpu") ?? false;
	host = await world.controlHost();
	await host.deploy(BUILD.first);
	world.daemon.changes = [];
};
beforeEach(() => begin());
afterEach(() => world.close());

const second = (behaviour: Behaviour = {}) => {
	world.daemon.behaviours.set(BUILD.second, behaviour);
	return host.deploy(BUILD.second);
};
const changes = () => world.daemon.changes.map((line) => line.replace("cres-shop-cpu-1-", ""));
const firstRunsAlone = () => {
	expect(world.daemon.containers.map((one) => one.spec.name)).toEqual(["cres-shop-cpu-1-g1"]);
	expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g1"]);
};
const failureOf = (work: Promise<unknown>): Promise<UserError> =>
	work.then(
		() => Promise.reject(new Error("it went well")),
		(error: unknown) => error as UserError,
	);

describe("a release goes back to the one before when its container", () => {
	it("ends before it polls", async () => {
		const { outcome, failure, logTail } = await second({
			polls: false,
			endsAfterMs: 700,
			exitCode: 3,
			log: ["no such file"],
		});
		expect(outcome).toBe("rolled-back");
		expect(failure).toEqual({
			code: "container_died",
			message: "the container is exited with exit code 3",
			hint: "correct what its last log lines name",
		});
		expect(logTail).toEqual(["no such file"]);
		firstRunsAlone();
	});

	it("F12: stays up while its worker is started again and again, within 10 s, with the cause and the log kept", async () => {
		const message = "Namespace nope is not found";
		const log = [JSON.stringify({ level: "ERROR", program: "worker-cpu", message }), "2026-11-29 12:00:01,020 INFO x"];
		const started = world.clock.now();
		await begin({ rollout: { deploy_timeout: "60s" } });
		const rolled = await second({ polls: false, workerEndsEachMs: 1_500, log });
		expect(world.clock.now() - started).toBeLessThan(15_000);
		expect(rolled.failure).toMatchObject({ code: "container_died" });
		expect(rolled.failure!.message).toMatch(
			/^the worker keeps ending: it is \w+ after \d restarts?; its last error: Namespace nope is not found$/,
		);
		const [, { id }] = (await host.releases()) as [unknown, { id: string }];
		expect(rolled).toMatchObject({ outcome: "rolled-back", logTail: log, log: `cres logs cpu-1 --release ${id}` });
		expect((await readKeptLog(host.config.state, "cpu-1", id))!.map(({ text }) => text)).toEqual(log);
		const journal = await readFile(join(host.config.state, "journal", "cpu-1", `${id}.jsonl`), "utf8");
		expect(journal).toContain('"event":"log","lines":["{');
		const plan = await host.plan();
		expect(plan).toContain("its last error: Namespace nope is not found");
		expect(plan).toContain("  - log: `2026-11-29 12:00:01,020 INFO x`\n");
		expect(plan).toContain(`  - its whole log: \`cres logs cpu-1 --release ${id}\``);
		firstRunsAlone();
	});

	it("ends, also where the one before restarts again and again: that one is brought back as it was", async () => {
		for (const role of ["cpu", "gpu"] as const) {
			await begin({ roles: [role] });
			world.daemon.named("cres-shop-cpu-1-g1")!.behaviour = { backsOff: true, log: ["no such key"] };
			const rolled = await second({ polls: false, endsAfterMs: 700 });
			expect(rolled).toMatchObject({ outcome: "rolled-back", previous: { buildId: BUILD.first }, pollers: [] });
			expect(world.daemon.containers.map(({ spec, stopped }) => [spec.name, stopped])).toEqual([
				["cres-shop-cpu-1-g1", false],
			]);
			expect(host.notes).toContainEqual(
				expect.stringMatching(/^cres-shop-cpu-1-g1 restarts again and again, as before; its polls are not verified: /),
			);
			expect(await host.plan()).toContain(`went back to \`${BUILD.first}\`; its polls are not verified`);
		}
	});

	it("polls, and is restarted while it is watched", async () => {
		const { failure } = await second({ endsAfterMs: 900, restarts: true, exitCode: 9 });
		expect(failure).toMatchObject({
			code: "container_died",
			message: "the container was restarted once; it exits with 9",
		});
		firstRunsAlone();
	});

	it("ends right at the end of the watch", async () => {
		expect((await second({ endsAfterMs: 2_000 })).failure).toMatchObject({ code: "container_died" });
	});

	it("is taken away", async () => {
		host.onStep("watch", () => void world.daemon.containers.splice(1, 1));
		expect((await second()).failure).toMatchObject({ code: "container_died", message: "the container is gone" });
	});

	it("never polls", async () => {
		const { failure } = await second({ polls: false });
		expect(failure).toMatchObject({ code: "never_polled" });
		expect(failure!.message).toContain("jobs@cpu (workflow), jobs@cpu (activity) within 10 s");
		firstRunsAlone();
	});

	it("polls another queue", async () => {
		expect((await second({ queue: "other" })).failure).toMatchObject({ code: "never_polled" });
	});

	it("does not poll, but another one of the same build does", async () => {
		const identity = `cpu@cpu-1/${BUILD.second}-00000000`;
		world.temporal.others = [{ identity, buildId: BUILD.second, lastSeenMs: world.clock.now() }];
		expect((await second({ polls: false })).failure).toMatchObject({ code: "never_polled" });
	});

	it("is not well", async () => {
		const stdout = JSON.stringify({ ...WELL, minio: "down", reasons: { minio: "AccessDenied" } });
		const { failure } = await second({ health: { exitCode: 0, stdout } });
		expect(failure).toMatchObject({
			code: "unhealthy",
			message: "the container polls, but minio is down: AccessDenied",
		});
		firstRunsAlone();
	});
});

describe("going back", () => {
	it("brings the old container back before it takes the new one away, and waits for its polls", async () => {
		const { pollers, steps } = await second({ polls: false });
		expect(changes()).toEqual([`pull ${BUILD.second}`, "create g2", "start g2", "stop g2 within 5000", "remove g2"]);
		expect(pollers.map(({ identity }) => identity.split("/")[1]!.split("-")[0])).toEqual([BUILD.first, BUILD.first]);
		expect(steps.map(({ kind }) => kind)).toEqual(["pull", "start", "revert"]);
	});

	it("takes the new container off the device first where it can hold one only", async () => {
		await begin({ roles: ["gpu"] });
		await second({ polls: false });
		expect(changes()).toEqual([
			...[`pull ${BUILD.second}`, "stop g1 within 5000", "create g2", "start g2"],
			...["stop g2 within 5000", "remove g2", "start g1"],
		]);
		firstRunsAlone();
	});

	it("starts the old container that was drained when the rollout is interrupted at that instant", async () => {
		world.daemon.at("stop", () => host.interrupt.abort(new UserError("interrupted", "Ctrl-C")));
		const failure = await failureOf(second());
		expect(failure).toMatchObject({ code: "interrupted", message: "interrupted: the release before runs again" });
		expect(changes()).toContain("start g1");
		firstRunsAlone();
	});

	it("removes the new container where there was none before", async () => {
		world.daemon.containers = [];
		const { outcome, failure, pollers } = await second({ polls: false });
		expect([outcome, failure!.code, pollers]).toEqual(["failed", "never_polled", []]);
		expect(world.daemon.containers).toEqual([]);
	});

	it("needs no connection of before", async () => {
		host.onStep("wait until the new build polls", () => world.daemon.lose());
		const { outcome, failure } = await second();
		expect([outcome, failure!.code]).toEqual(["rolled-back", "connection_lost"]);
		firstRunsAlone();
	});

	it("tries again when the host cannot be reached for a while", async () => {
		host.onStep("wait until the new build polls", () => {
			world.daemon.lose();
			for (let attempt = 1; attempt < 4; attempt++)
				world.daemon.at("connect", () => Promise.reject(dockerFailed("no answer")));
		});
		expect((await second()).failure).toMatchObject({ code: "connection_lost" });
		firstRunsAlone();
	});

	it("says so when the host stays away", async () => {
		host.onStep("wait until the new build polls", () => {
			world.daemon.lose();
			world.daemon.reachable = false;
		});
		const failure = await failureOf(second());
		expect(failure).toMatchObject({ code: "revert_failed", hint: "cres status" });
		expect(failure.message).toContain("cpu-1 could not be brought back");
		world.daemon.reachable = true;
		world.clock.advance(90_000); // its lease runs out
		expect((await host.status()).verdict).toBe("interrupted");
	});

	it("shows the log of an old container that does not come back", async () => {
		host.onStep("wait until the new build polls", () => {
			Object.assign(world.daemon.containers[0]!, { behaviour: { polls: false, log: ["old and tired"] } });
		});
		const failure = await failureOf(second({ polls: false }));
		expect(failure).toMatchObject({ code: "revert_failed" });
		expect(host.notes).toContain("  | old and tired");
	});

	it("goes by the restarts that the old container had before", async () => {
		world.daemon.containers[0]!.restarts = 4;
		expect((await second({ polls: false })).outcome).toBe("rolled-back");
	});

	it("cannot verify polls while Temporal is away, and says so", async () => {
		host.onStep("wait until the new build polls", () => void (world.temporal.reachable = false));
		const { outcome, failure, pollers } = await second();
		expect([outcome, failure!.code, pollers]).toEqual(["rolled-back", "temporal_unreachable", []]);
		expect(host.notes.join("\n")).toContain("cres-shop-cpu-1-g1 runs again; its polls are not verified: Temporal");
		firstRunsAlone();
	});
});

describe("a daemon that refuses", () => {
	it("to pull has changed nothing", async () => {
		world.daemon.at("pull", () => Promise.reject(dockerFailed("toomanyrequests")));
		expect(await failureOf(second())).toMatchObject({ code: "docker_failed" });
		expect(changes()).toEqual([]);
		expect((await host.status()).verdict).toBe("ok");
	});

	it("to pull for want of room names the room", async () => {
		world.daemon.at("pull", () => {
			world.daemon.freeBytes = 1e6;
			throw dockerFailed("write: no space left on device");
		});
		const failure = await failureOf(second());
		expect(failure).toMatchObject({ code: "disk_full" });
		expect(failure.message).toBe("cpu-1 has 1.0 MB free in /var/lib/docker, the image needs about 256.0 MB");
	});

	it.each([
		["with room enough", 256e6],
		["with unknown room", undefined],
	])("to pull %s stays what it is", async (_, free) => {
		world.daemon.at("pull", () => {
			world.daemon.freeBytes = free;
			throw dockerFailed("unauthorized");
		});
		expect(await failureOf(second())).toMatchObject({ code: "docker_failed" });
	});

	it("T02: to pull for want of inodes names the disk, although df sees room", async () => {
		world.daemon.at("pull", () => Promise.reject(dockerFailed("write: no space left on device")));
		expect(await failureOf(second())).toMatchObject({
			code: "docker_failed",
			message: expect.stringContaining("no space left on device") as string,
			hint: "free space and inodes in /var/lib/docker on cpu-1 (docker system df, df -i), then run the command again",
		});
	});

	it("to create the container lets the old one run", async () => {
		world.daemon.at("create", () => Promise.reject(dockerFailed("out of memory")));
		expect((await second()).failure).toMatchObject({ code: "docker_failed" });
		firstRunsAlone();
	});

	it("to start the container takes it away again", async () => {
		world.daemon.at("start", () => Promise.reject(dockerFailed("could not select device driver")));
		const { failure, logTail } = await second({ log: ["never"] });
		expect(failure).toMatchObject({ code: "docker_failed" });
		expect(logTail).toEqual(["never"]);
		firstRunsAlone();
	});

	it("to show a log does not keep it from going back", async () => {
		world.daemon.at("logs", () => Promise.reject(dockerFailed("no log")));
		expect(await second({ polls: false, log: ["unseen"] })).toMatchObject({ outcome: "rolled-back", logTail: [] });
		firstRunsAlone();
	});

	it("to remove the old container leaves it to the next deploy", async () => {
		world.daemon.at("remove", () => Promise.reject(dockerFailed("busy")));
		expect((await second()).outcome).toBe("live");
		expect(host.notes.join("\n")).toContain(
			"remove: the Docker daemon did not do it: busy; the next deploy tries again",
		);
		await host.deploy(BUILD.third);
		expect(world.daemon.containers.map((one) => one.spec.name)).toEqual(["cres-shop-cpu-1-g3"]);
	});
});
