import { describe, expect, it } from "vitest";
import { UserError, type UserErrorOptions } from "../../../src/errors/errors.ts";
import { atIndex, deployFirst, faultOf, forget, inPhase, recordsOf, stepsToSecond, type Bench } from "./bench.ts";
import { untilAborted } from "./interventions.ts";

const SIGNALS = [
	["Ctrl-C", "interrupted", 130],
	["SIGTERM", "terminated", 143],
	["a closed terminal", "hung_up", 143],
] as const;
const OPTIONS: UserErrorOptions = { hint: "none" };

/** A signal comes while a step is at work. */
export function describeInterrupts(bench: () => Bench): void {
	describe("a rollout that is interrupted", () => {
		it.each(SIGNALS)("by %s at any step ends in the release before, and exits as such", async (_what, code, exit) => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const steps = await stepsToSecond(bench());
			const entries = [`Deploy ${name} to ${builds.first}`];
			for (const [index, { kind, phase }] of steps.entries()) {
				forget(host);
				await world.clock.sleep(1000);
				const interrupt = new AbortController();
				const after = (call: { signal: AbortSignal }) => {
					setImmediate(() => interrupt.abort(new UserError(code, "stop", OPTIONS)));
					return untilAborted(call);
				};
				host.watched.interventions = [{ at: atIndex(index), after }];
				const fault = await faultOf(host.deploy(name, builds.second, { signal: interrupt.signal }));
				if (phase !== "prepare") entries.unshift(`Deploy ${name} to ${builds.second} was interrupted`);
				const state = phase === "prepare" ? "nothing was changed" : "the release before runs again";
				expect(fault, kind).toEqual({ code, exit, hint: `cres deploy ${name}`, message: `interrupted: ${state}` });
				expect(await world.running(name), kind).toEqual([builds.first]);
				expect(await recordsOf(host, name), kind).toEqual({
					...{ releases: [`${builds.first} live`], end: "interrupted" },
					entries,
				});
				expect(await host.open(name).lease.holder()).toBeUndefined();
			}
		});

		it("between two steps begins no other", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const interrupt = new AbortController();
			host.watched.interventions = [
				{ at: inPhase("prepare"), after: () => interrupt.abort(new UserError("interrupted", "^C")) },
			];
			expect(await faultOf(host.deploy(name, builds.second, { signal: interrupt.signal }))).toMatchObject({
				code: "interrupted",
			});
			expect(host.watched.performed.every(({ phase }) => phase === "prepare")).toBe(true);
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("after its last step, but before it is live, goes back too", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const last = (await stepsToSecond(bench())).length - 1;
			const interrupt = new AbortController();
			host.watched.interventions = [
				{ at: atIndex(last), after: () => interrupt.abort(new UserError("interrupted", "^C")) },
			];
			expect(await faultOf(host.deploy(name, builds.second, { signal: interrupt.signal }))).toMatchObject({
				code: "interrupted",
			});
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("where nothing ran before leaves nothing", async () => {
			const { host, name, builds, world } = bench();
			const interrupt = new AbortController();
			host.watched.interventions = [
				{ at: inPhase("prove"), before: () => interrupt.abort(new UserError("interrupted", "^C")) },
			];
			const fault = await faultOf(host.deploy(name, builds.first, { signal: interrupt.signal }));
			expect(fault).toMatchObject({ code: "interrupted", message: "interrupted: the new container was removed" });
			expect(await world.running(name)).toEqual([]);
		});

		it("by something that has no code of its own exits as Ctrl-C does", async () => {
			const { host, name, builds } = bench();
			const interrupt = new AbortController();
			host.watched.interventions = [{ at: inPhase("prove"), before: () => interrupt.abort() }];
			expect(await faultOf(host.deploy(name, builds.first, { signal: interrupt.signal }))).toMatchObject({
				code: "interrupted",
				exit: 130,
			});
		});
	});
}
