import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { UserError } from "../../../src/errors/errors.ts";
import type { Instance, Running } from "../../../src/instances/instance.ts";
import { gatherFacts } from "../../../src/checks/runtime/gather.ts";
import { judgeFacts } from "../../../src/checks/runtime/judge.ts";
import type { RuntimePorts } from "../../../src/checks/runtime/ports.ts";
import { loadRuntimeChecks } from "../../../src/checks/registry.ts";
import { findingsOf } from "../../../src/checks/triage-report.ts";
import type { Store } from "../../../src/store/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import type { Temporal } from "../../../src/temporal/temporal.ts";
import { BUILD, healthyInside, identity } from "../../support/runtime-facts.ts";

const signal = new AbortController().signal;
const never = () => new Promise<never>(() => {});

/** What instances are asked, counted; `how` makes one misbehave. */
async function fleet(
	names: readonly string[],
	how: Record<string, Partial<Instance>> = {},
	over: Partial<RuntimePorts> = {},
) {
	const state = await mkdtemp(join(tmpdir(), "cres-gather-"));
	onTestFinished(() => rm(state, { recursive: true, force: true }));
	const asked: string[] = [];
	let [now, most] = [0, 0];
	const running = (name: string): Running => ({
		...{ count: 1, generation: 1, gpu: false, stopped: null, holder: undefined },
		container: {
			...{ digest: "sha256:aa", buildId: BUILD, specHash: "x", since: new Date().toISOString(), restarts: 0 },
			owns: (poll) => poll.identity === identity(name),
		},
	});
	const instance = (name: string) =>
		({
			...{ name, settings: {} },
			endpoint: async () => ({ host: "127.0.0.1", port: 22, fingerprint: null, verifiedBy: null, since: null }),
			running: async (polls: () => Promise<unknown>) => {
				await polls();
				return running(name);
			},
			exec: async (argv: readonly string[]) => {
				asked.push(name);
				most = Math.max(most, ++now);
				await new Promise((resolve) => setTimeout(resolve, 20));
				now--;
				return `motd\n${argv[4]} ${JSON.stringify({ ...healthyInside(), at: Date.now() })}\n`;
			},
			logs: async function* () {},
			...how[name],
		}) as unknown as Instance;
	const config = {
		...{ state, queue: "video-processing", env: {} },
		temporal: { address: "127.0.0.1:7233" },
		store: { endpoint: "127.0.0.1:9000", bucket: "cres" },
		instances: Object.fromEntries(names.map((name) => [name, { driver: "docker", roles: ["cpu"] }])),
	} as unknown as Config;
	const temporal = {
		queueStatus: async () => ({
			pollers: names.map((name) => ({ identity: identity(name), buildId: BUILD, lastSeenMs: Date.now() })),
			backlog: { count: 2, ageMs: 10 },
			rates: { add: 1, dispatch: 2 },
			routed: BUILD,
		}),
		heartbeats: async () => [],
	} as unknown as Temporal;
	const ports: RuntimePorts = {
		...{ config, clock: systemClock, drift: async () => [] },
		shell: { run: async () => ({ exitCode: 1, stdout: "", stderr: "" }) },
		instance: async (name) => instance(name),
		temporal: async () => temporal,
		store: async () => ({ bucketExists: async () => true }) as Store,
		...over,
	};
	return { ports, asked, most: () => most };
}

describe("a sweep", () => {
	it("asks each instance once, many at the same time, and the control side once", async () => {
		const names = Array.from({ length: 30 }, (_, at) => `cpu-${at + 1}`);
		const { ports, asked, most } = await fleet(names);
		const facts = await gatherFacts(ports, names, { signal });
		expect(asked.toSorted()).toEqual(names.toSorted());
		expect(most()).toBeGreaterThan(10);
		expect(facts.notAsked).toEqual([]);
		expect(facts.control.queues[0]).toMatchObject({
			routed: BUILD,
			backlog: { count: 2, addRate: 1, dispatchRate: 2 },
		});
		expect(facts.instances[4]).toMatchObject({
			name: "cpu-5",
			unreachable: null,
			container: { identities: [identity("cpu-5")] },
		});
		expect(facts.instances[4]!.inside!.build!.buildId).toBe(BUILD);
	});

	it("spends the time of one that is silent once, beside all others", async () => {
		const names = ["cpu-1", "cpu-2", "cpu-3"];
		const { ports } = await fleet(names, { "cpu-1": { running: never }, "cpu-2": { running: never } });
		const started = performance.now();
		const facts = await gatherFacts(ports, names, { signal, budgetMs: 400 });
		expect(performance.now() - started).toBeLessThan(1_500);
		expect(facts.instances.map(({ unreachable }) => unreachable?.message)).toEqual([
			expect.stringMatching(/^cpu-1 gives no answer in 0\.[34]\d* s$/),
			expect.stringMatching(/^cpu-2 gives no answer in 0\.[34]\d* s$/),
			undefined,
		]);
	});

	it("keeps its budget, and lists what was not asked", async () => {
		const names = ["cpu-1", "cpu-2", "cpu-3", "cpu-4"];
		const { ports } = await fleet(names, { "cpu-1": { running: never }, "cpu-2": { running: never } });
		const facts = await gatherFacts(ports, names, { signal, budgetMs: 300, concurrency: 1 });
		expect(facts.instances.map(({ name }) => name)).toEqual(["cpu-1", "cpu-2"]);
		expect(facts.notAsked).toEqual(["cpu-3", "cpu-4"]);
	});

	it("keeps its budget where Temporal, the store and Docker are silent, and asks the instances", async () => {
		const over = { temporal: never, store: never, shell: { run: never } };
		const { ports, asked } = await fleet(["cpu-1"], {}, over);
		const started = performance.now();
		const facts = await gatherFacts(ports, ["cpu-1"], { signal, budgetMs: 400 });
		expect(performance.now() - started).toBeLessThan(1_500);
		expect(facts.control.dependencies).toMatchObject([{ container: null }, { container: null }]);
		const down = facts.control.dependencies.map((one) => one.failure?.message);
		expect(down).toEqual([
			expect.stringMatching(/no answer in 0\.22 s/),
			expect.stringMatching(/no answer in 0\.22 s/),
		]);
		expect([asked, facts.instances[0]!.unreachable]).toEqual([["cpu-1"], null]);
	});

	it("makes facts of what fails: the instance, Temporal, the store", async () => {
		const refused = () =>
			Promise.reject(new UserError("instance_unreachable", "cpu-1 refuses", { hint: "cres endpoint discover cpu-1" }));
		const down = new UserError("temporal_unreachable", "nobody answers", { hint: "start it" });
		const over = {
			temporal: () => Promise.reject(down),
			store: async () => ({ bucketExists: async () => false }) as Store,
		};
		const { ports } = await fleet(["cpu-1", "cpu-2"], { "cpu-1": { running: refused, exec: refused } }, over);
		const facts = await gatherFacts(ports, ["cpu-1", "cpu-2"], { signal });
		const found = findingsOf(judgeFacts(await loadRuntimeChecks(), facts)).map(
			({ code, message }) => `${code} ${message}`,
		);
		expect(found.filter((line) => !line.startsWith("TR104"))).toEqual([
			"TR101 cpu-1 refuses",
			"TR150 temporal at 127.0.0.1:7233 does not answer as it should: nobody answers",
			"TR150 store at 127.0.0.1:9000 has no bucket: 127.0.0.1:9000 has no bucket cres",
		]);
	});

	it("reads the log where the container does not run, and no secret of it leaves", async () => {
		const stopped = async () => ({
			container: null,
			count: 0,
			generation: 1,
			gpu: false,
			stopped: { detail: "its container is stopped", fix: "cres start cpu-1" },
			holder: undefined,
		});
		const logs = async function* () {
			yield { at: "2026-11-29T11:59:00.000Z", program: null, text: "boot: TEMPORAL_ADDRESS is not set" };
		};
		const exec = () => Promise.reject(new UserError("nothing_runs", "nothing runs on cpu-1"));
		const { ports } = await fleet(["cpu-1"], { "cpu-1": { running: stopped, exec, logs } });
		const facts = await gatherFacts(ports, ["cpu-1"], { signal });
		const [first] = findingsOf(judgeFacts(await loadRuntimeChecks(), facts));
		expect(first!.message).toBe("its container is stopped; its last error: boot: TEMPORAL_ADDRESS is not set");
	});

	it("ends with Ctrl-C", async () => {
		const { ports } = await fleet(["cpu-1"], { "cpu-1": { running: never } });
		const stop = new AbortController();
		setTimeout(() => stop.abort(new Error("stopped")), 20);
		await expect(gatherFacts(ports, ["cpu-1"], { signal: stop.signal })).rejects.toThrow("stopped");
	});
});
