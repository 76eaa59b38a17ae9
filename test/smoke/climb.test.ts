import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { fail, ok } from "../../src/checks/doctor/check.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Rung } from "../../src/smoke/rung.ts";
import { placeOf, smokeLabels } from "../../src/smoke/owner.ts";
import { planSmoke, smoke } from "../../src/smoke/smoke.ts";
import { dependencies } from "../../src/smoke/rungs/dependencies.ts";
import { layout } from "../../src/smoke/rungs/layout.ts";
import { start } from "../../src/smoke/rungs/start.ts";
import { clean } from "../../src/smoke/rungs/clean.ts";
import { smokeReportSchema } from "../../src/contracts/smoke.ts";
import { BUILD, DIGEST, makeSmokeWorld, OPTIONS } from "./smoke-world.ts";

const LIMIT = { cpu: 60, gpu: 60 };
const rung = (name: string, run: Rung["run"], more: Partial<Rung> = {}): Rung => ({
	...{ name, limitMs: LIMIT, fix: `look at ${name}`, run },
	...more,
});
const good = (name: string) => rung(name, async () => ok(`${name} is well`));
const statuses = ({ rungs }: Awaited<ReturnType<typeof smoke>>) => rungs.map(({ name, status }) => `${name} ${status}`);
/** What makes the container under test, without what looks into it. */
const RUNNING = [
	[dependencies],
	[
		rung("make", (world, call) => layout.run(world, call).then(() => ok("made")), {
			limitMs: { cpu: 5_000, gpu: 5_000 },
		}),
	],
	[start],
];

describe("the ladder", () => {
	it("reports every rung, those of one line at the same time, and holds the contract", async () => {
		const { ports, open } = makeSmokeWorld();
		const met = Promise.withResolvers<void>();
		const waits = rung("waits", () => met.promise.then(() => ok("met")));
		const meets = rung("meets", async () => (met.resolve(), ok("met")));
		const report = await smoke(ports, OPTIONS, { ladder: [[good("first")], [waits, meets]], open });
		expect(smokeReportSchema.parse(report)).toEqual(report);
		expect(report).toMatchObject({
			digest: DIGEST,
			buildId: BUILD,
			ok: true,
			role: "cpu",
			engine: "28.5.2",
			cres: "0.1.0",
		});
		expect(statuses(report)).toEqual(["first ok", "waits ok", "meets ok"]);
	});

	it("skips what lies above a failed rung, but not what is always climbed", async () => {
		const { ports, open } = makeSmokeWorld();
		const bad = rung("bad", async () => fail("it is broken", "mend it"));
		const last = { ...good("last"), always: true as const };
		const report = await smoke(ports, OPTIONS, { ladder: [[bad, good("beside")], [good("above")], [last]], open });
		expect(statuses(report)).toEqual(["bad fail", "beside ok", "above skipped", "last ok"]);
		expect(report).toMatchObject({ ok: false, rungs: [{ observed: "it is broken", fix: "mend it" }, {}, {}, {}] });
	});

	it.each<[string, Rung["run"], string, string]>([
		["throws", async () => Promise.reject(new UserError("docker_failed", "no", { hint: "do it" })), "no", "do it"],
		["breaks", async () => Promise.reject(new TypeError("no function")), "no function", "look at bad"],
		["hangs", () => new Promise(() => {}), "no answer within 0.06 s", "look at bad"],
	])("has a failed rung where one %s", async (_case, run, observed, fix) => {
		const { ports, open } = makeSmokeWorld();
		const report = await smoke(ports, OPTIONS, { ladder: [[rung("bad", run)]], open });
		expect(report.rungs[0]).toMatchObject({ status: "fail", observed, fix });
	});

	it("says of a rung that was ended what it waited for", async () => {
		const { ports, open } = makeSmokeWorld();
		const waiting = rung("waits", (_world, { report }) => (report("nobody polls"), new Promise(() => {})));
		const report = await smoke(ports, OPTIONS, { ladder: [[waiting]], open });
		expect(report.rungs[0]!.observed).toBe("no answer within 0.06 s; at last: nobody polls");
	});

	it("is planned without anything being started", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		const plan = await planSmoke(ports, OPTIONS, open);
		expect(plan).toMatchObject({ dryRun: true, digest: DIGEST, role: "cpu", against: "rehearsal" });
		expect(plan.ladder.flat().map(({ name }) => name)).toEqual([
			...["image", "dependencies", "layout", "start", "binaries", "imports", "queues", "health"],
			...["supervisor", "workflow", "stop", "clean"],
		]);
		expect([engine.pulled, await engine.things()]).toEqual([[], []]);
	});
});

describe("a failed rung", () => {
	const broken = rung("broken", async () => fail("nobody polls", "mend it"));

	it("names what depends on nothing else first: dependency, then itself, then the end of the log", async () => {
		const { engine, servers, ports, open } = makeSmokeWorld();
		const breaking = rung("broken", async (world) => {
			engine.containers.find(({ id }) => id === world.app)!.log = [
				"2026-11-29 19:50:43,355 INFO spawned: 'worker-cpu' with pid 77",
				'{"time":"2026-11-29T19:50:53.076Z","level":"WARN","program":"worker-cpu","message":"cannot connect","attempt":1}',
			];
			servers.temporalFault = () => new UserError("temporal_unreachable", "Temporal does not answer");
			return fail("nobody polls", "mend it");
		});
		const { rungs } = await smoke(ports, OPTIONS, { ladder: [...RUNNING, [breaking]], open });
		expect(rungs.at(-1)!.observed).toBe(
			"dependency: temporal: Temporal does not answer\nnobody polls\nlog: spawned: 'worker-cpu' with pid 77\nlog: worker-cpu: cannot connect {\"attempt\":1}",
		);
	});

	it("names the network where the dependencies are well, but not reached from inside", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		let probes = 0;
		const reached = engine.behaviours["probe"]!;
		engine.behaviours["probe"] = (probe) => {
			reached(probe);
			if (++probes > 1) probe.log = ['[{"name":"temporal","ok":false,"detail":"connect EHOSTUNREACH","ms":9}]'];
		};
		const { rungs } = await smoke(ports, OPTIONS, { ladder: [...RUNNING, [broken]], open });
		expect(rungs.at(-1)!.observed).toBe(
			"network: temporal at 10.0.0.1:7233 not reached: connect EHOSTUNREACH\nnobody polls",
		);
	});

	it("is told with the end of the container when that is the cause", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		engine.behaviours["app"] = (app) => Object.assign(app, { state: "exited", exitCode: 1, log: ["boot: no memory"] });
		const { rungs } = await smoke(ports, OPTIONS, { ladder: RUNNING, open });
		expect(rungs.at(-1)).toMatchObject({ name: "start", status: "fail" });
		expect(rungs.at(-1)!.observed).toContain("the container is exited with exit code 1");
		expect(rungs.at(-1)!.observed).toContain("log: boot: no memory");
	});
});

describe("what a smoke test has made", () => {
	const LADDER = [...RUNNING, [clean]];

	it("is gone at the end, and what it stored too", async () => {
		const { engine, servers, ports, open } = makeSmokeWorld();
		const storing = rung("stores", async ({ id }) => {
			servers.keys = ["queries/talks/video.mp4", `queries/smoke-${id}/videos/clip.mp4`];
			return ok("stored");
		});
		const report = await smoke(ports, OPTIONS, { ladder: [...RUNNING, [storing], [clean]], open });
		expect(report.rungs.at(-1)).toMatchObject({
			status: "ok",
			observed: "removed 1 containers, 1 network, 1 objects and the job",
		});
		expect([await engine.things(), servers.keys]).toEqual([[], ["queries/talks/video.mp4"]]);
		expect(servers.deletedJobs[0]).toMatch(/^smoke-[0-9a-f]{8}$/);
	});

	it("is gone after Ctrl-C, in the middle of a rung", async () => {
		const { engine, ports, interrupt, open } = makeSmokeWorld();
		const reason = new UserError("interrupted", "interrupted by the operator");
		const hanging = rung("hangs", () => (interrupt.abort(reason), new Promise(() => {})), {
			limitMs: { cpu: 9e5, gpu: 9e5 },
		});
		await expect(smoke(ports, OPTIONS, { ladder: [...RUNNING, [hanging], [clean]], open })).rejects.toBe(reason);
		expect(await engine.things()).toEqual([]);
	});

	it("is gone although the daemon makes it after Ctrl-C, and is not started", async () => {
		const { engine, ports, interrupt, open } = makeSmokeWorld();
		const reason = new UserError("interrupted", "interrupted by the operator");
		const { create, start: begin } = engine;
		const started: string[] = [];
		engine.create = async (order) => {
			interrupt.abort(reason);
			await delay(150);
			return create(order);
		};
		engine.start = async (id) => (started.push(id), begin(id));
		await expect(smoke(ports, OPTIONS, { ladder: [[dependencies], [clean]], open })).rejects.toBe(reason);
		await delay(300);
		expect([await engine.things(), engine.removed.length, started]).toEqual([[], 2, []]);
	});

	it("is gone although the time of its rung was over", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		const { createNetwork } = engine;
		engine.createNetwork = async (...of) => (await delay(150), createNetwork(...of));
		const hasty = { ...dependencies, limitMs: LIMIT };
		expect(statuses(await smoke(ports, OPTIONS, { ladder: [[hasty], [clean]], open }))[0]).toBe("dependencies fail");
		await delay(300);
		expect([await engine.things(), engine.containers]).toEqual([[], []]);
	});

	it("of one against the rehearsal is forgotten by one against images, which has the same cres.yaml", async () => {
		const { engine, servers, ports, open } = makeSmokeWorld({ images: true });
		const place = placeOf(ports.config);
		const owner = { host: "ci-2", pid: 7, startedAt: null, keep: false, against: "rehearsal", place } as const;
		await engine.createNetwork("cres-smoke-0a0b0c0d-net", smokeLabels("0a0b0c0d", owner));
		engine.now += 7_200_000;
		servers.keys = ["queries/smoke-0a0b0c0d/videos/clip.mp4"];
		await smoke(ports, OPTIONS, { ladder: [[good("first")]], open });
		expect([servers.deletedJobs, servers.keys, await engine.things()]).toEqual([["smoke-0a0b0c0d"], [], []]);
	});

	it("stays with --keep when a rung fails, and only then", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		const options = { ...OPTIONS, keep: true };
		await smoke(ports, options, { ladder: LADDER, open });
		expect(await engine.things()).toEqual([]);
		const bad = rung("bad", async () => fail("no", "mend it"));
		const report = await smoke(ports, options, { ladder: [...RUNNING, [bad], [clean]], open });
		expect(report.rungs.at(-1)).toMatchObject({
			status: "skipped",
			observed: expect.stringMatching(
				/^kept; this removes it: docker rm -f -v (cres-smoke-[0-9a-f]{8})-app && docker network rm \1-net$/,
			),
		});
		expect((await engine.things()).map(({ kind }) => kind)).toEqual(["container", "network"]);
	});

	it("that cannot be removed fails the rung clean, and is told", async () => {
		const { engine, ports, notes, open } = makeSmokeWorld();
		engine.remove = async () =>
			Promise.reject(new UserError("docker_failed", "the daemon is gone", { hint: "start it" }));
		const report = await smoke(ports, OPTIONS, { ladder: [[dependencies], [clean]], open });
		expect(report.rungs.at(-1)).toMatchObject({ name: "clean", status: "fail", observed: "the daemon is gone" });
		expect(notes).toEqual(["something is left, which the next cres smoke removes: the daemon is gone"]);
	});

	it("of another one that runs at the same time is left alone", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		const [one, other] = await Promise.all([
			smoke(ports, OPTIONS, { ladder: LADDER, open }),
			smoke(ports, OPTIONS, { ladder: LADDER, open }),
		]);
		expect([one!.ok, other!.ok, await engine.things()]).toEqual([true, true, []]);
	});
});
