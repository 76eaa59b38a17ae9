import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import type { Running } from "../../src/instances/instance.ts";
import { judge, type StatusFacts } from "../../src/rollout/judge.ts";

const container = {
	...{ digest: "sha256:a", buildId: "aaa", specHash: "s", since: "2026-03-01T10:00:00.000Z", restarts: 0 },
	owns: () => true,
};
const running: Running = { container, count: 1, generation: 1, gpu: false, stopped: null, holder: undefined };
const facts = (change: Partial<StatusFacts> = {}): StatusFacts => ({
	...{ running, release: undefined, pollers: [{ verdict: "LIVE" }], temporalFailure: undefined },
	...{ drift: [], interrupted: undefined },
	...change,
});
const interruptedBy = (purpose: string, kinds: string[] = []) =>
	judge("api", facts({ interrupted: { id: "r1", at: "", purpose, last: "step pull", kinds } }));

describe("the verdict on an instance", () => {
	it("is ok without a release on record, and for a worker whose slots are all taken", () => {
		expect(judge("api", facts()).verdict).toBe("ok");
		expect(judge("api", facts({ pollers: [{ verdict: "BUSY" }] })).verdict).toBe("ok");
	});

	it.each(["STALE", "GONE"] as const)("is not-polling for a poller that is %s, with its restarts", (verdict) => {
		const restarted = { ...running, container: { ...container, restarts: 3 } };
		const pollers = [{ verdict: "LIVE" as const }, { verdict }];
		expect(judge("api", facts({ running: restarted, pollers }))).toEqual({
			...{ verdict: "not-polling", detail: "restarted 3 times", fix: "cres logs api" },
		});
	});

	it("names the command that ends what was interrupted", () => {
		expect(interruptedBy("deploy")).toEqual({
			verdict: "interrupted",
			detail: 'rollout r1 was interrupted at "step pull"',
			fix: "cres deploy api",
		});
		for (const purpose of ["start", "stop", "restart"]) expect(interruptedBy(purpose).fix).toBe(`cres ${purpose} api`);
		expect(interruptedBy("replace", ["rent", "start"]).fix).toBe("cres deploy api --replace");
		expect(interruptedBy("replace", ["start"]).fix).toBe("cres deploy api");
	});

	it("tells what is under way before what is wrong, and what stands still before Temporal", () => {
		const interrupted = { id: "r1", at: "", purpose: "deploy", last: "step pull", kinds: [] };
		const temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer");
		const stopped = { detail: "its container is stopped", fix: "cres start api" };
		const holder = {
			...{ owner: "ci@runner", host: "runner", pid: 7, purpose: "deploy", since: 0, token: 1, nonce: "n" },
		};
		const all = { ...running, count: 2, stopped, holder };
		const judged = (change: Partial<Running>, more: Partial<StatusFacts> = {}) =>
			judge("api", facts({ running: { ...all, ...change }, interrupted, temporalFailure, ...more }));
		expect(judged({}).verdict).toBe("changing");
		expect(judged({ holder: undefined }).verdict).toBe("interrupted");
		expect(judged({ holder: undefined }, { interrupted: undefined }).verdict).toBe("two-containers");
		const still = judged({ holder: undefined, count: 0 }, { interrupted: undefined });
		expect(still).toEqual({ verdict: "stopped", detail: "its container is stopped", fix: "cres start api" });
		const unknown = judged({ holder: undefined, count: 1, stopped: null }, { interrupted: undefined });
		expect(unknown).toEqual({ verdict: "unknown", detail: "Temporal does not answer", fix: null });
	});
});
