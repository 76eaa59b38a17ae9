import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { buildTag } from "../../../src/registry/image-reference.ts";
import { rollFleet, type FleetOptions, type FleetRollout } from "../../../src/rollout/fleet.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import type { Bench } from "./bench.ts";
import { fails } from "./interventions.ts";

const OPTIONS: FleetOptions = { dryRun: false, purpose: "deploy", parallel: 2, maxFailures: 0 };

interface Fleet {
	names: string[];
	/** Instances whose rollout was begun, in order. */
	begun: string[];
	/** How many were rolled at the same time, at most. */
	most: number;
	/** Steps of these instances fail so. */
	faults: Map<string, unknown>;
	roll(options?: Partial<FleetOptions>, signal?: AbortSignal): Promise<FleetRollout>;
	/** Called when an instance is opened. */
	opening: (name: string) => void;
}

function fleetOf({ host, world, builds }: Bench): Fleet {
	const names = Object.keys(world.settings.instances);
	let now = 0;
	const fleet: Fleet = {
		...{ names, begun: [], most: 0, faults: new Map(), opening: () => {} },
		roll: (options = {}, signal = new AbortController().signal) =>
			rollFleet(
				{ open, clock: world.clock, signal, stackOf: async (defect) => `stack of ${String(defect)}` },
				names,
				{ reference: buildTag(builds.first) },
				{ ...OPTIONS, ...options },
			),
	};
	async function open(name: string): Promise<RolloutPorts> {
		fleet.begun.push(name);
		fleet.opening(name);
		const ports = host.ports(name);
		const { lease } = ports.instance;
		const take: typeof lease.take = async (claim) => {
			if (fleet.faults.has(name)) throw fleet.faults.get(name);
			fleet.most = Math.max(fleet.most, ++now);
			const held = await lease.take(claim);
			return { ...held, release: () => (now--, held.release()) };
		};
		return { ...ports, instance: { ...ports.instance, lease: { ...lease, take } } };
	}
	return fleet;
}

const outcomes = ({ instances }: FleetRollout) => instances.map(({ outcome }) => outcome);

/** Many instances in one command. */
export function describeFleets(bench: () => Bench): void {
	describe("a fleet", () => {
		it("is rolled canary first and alone, then some at a time", async () => {
			const fleet = fleetOf(bench());
			let live: string[] = [];
			fleet.opening = (name) => {
				if (name === fleet.names[1]) live = [...bench().host.notes];
			};
			const rolled = await fleet.roll();
			expect(rolled).toMatchObject({ halted: false });
			expect(outcomes(rolled)).toEqual(fleet.names.map(() => "live"));
			expect(rolled.instances.map(({ instance }) => instance)).toEqual(fleet.names);
			expect(fleet.begun).toEqual(fleet.names);
			expect(live.length).toBeGreaterThan(0);
			expect(fleet.most).toBe(2);
			expect(rolled.durationMs).toBeGreaterThan(0);
			expect(rolled.durationMs).toBeLessThan(3_600_000);
			expect(outcomes(await fleet.roll())).toEqual(fleet.names.map(() => "unchanged"));
		});

		it("is left alone when the canary fails, whatever may fail", async () => {
			const fleet = fleetOf(bench());
			fleet.faults.set(fleet.names[0]!, new UserError("docker_failed", "the daemon gave up"));
			const rolled = await fleet.roll({ maxFailures: 9 });
			expect(outcomes(rolled)).toEqual(["error", ...fleet.names.slice(1).map(() => "skipped")]);
			expect(rolled.halted).toBe(true);
			expect(fleet.begun).toEqual([fleet.names[0]]);
		});

		it("is left alone when the canary goes back", async () => {
			const { host, world, builds } = bench();
			world.spoil(builds.first, "never-polls");
			const fleet = fleetOf(bench());
			const rolled = await fleet.roll({ maxFailures: 9 });
			expect(outcomes(rolled)).toEqual(["failed", ...fleet.names.slice(1).map(() => "skipped")]);
			expect(rolled.instances[0]).toMatchObject({ rollout: { failure: { code: "never_polled" } }, error: null });
			expect(host.watched.open).toBe(0);
		});

		it("begins no other instance when more have failed than may", async () => {
			const fleet = fleetOf(bench());
			const [, second, third] = fleet.names;
			for (const name of [second!, third!]) fleet.faults.set(name, new UserError("docker_failed", "gave up"));
			const rolled = await fleet.roll({ parallel: 1, maxFailures: 1 });
			expect(outcomes(rolled)).toEqual(["live", "error", "error", ...fleet.names.slice(3).map(() => "skipped")]);
			expect(rolled.halted).toBe(true);
		});

		it("goes on to the end within the failures that may be", async () => {
			const fleet = fleetOf(bench());
			fleet.faults.set(fleet.names[1]!, new UserError("docker_failed", "gave up", { hint: "look at it" }));
			const rolled = await fleet.roll({ maxFailures: 1 });
			expect(outcomes(rolled)).toEqual(["live", "error", ...fleet.names.slice(2).map(() => "live")]);
			expect(rolled.halted).toBe(false);
			expect(rolled.instances[1]!.error).toEqual({
				code: "docker_failed",
				message: "gave up",
				hint: "look at it",
				stack: null,
			});
		});

		it("has a bug in one instance as that instance's row", async () => {
			const fleet = fleetOf(bench());
			fleet.faults.set(fleet.names[1]!, new TypeError("undefined is not a function"));
			const rolled = await fleet.roll({ maxFailures: 1 });
			expect(rolled.instances[1]).toEqual({
				...{ instance: fleet.names[1], outcome: "error", rollout: null },
				error: {
					...{ code: "bug", message: "undefined is not a function", hint: null },
					stack: "stack of TypeError: undefined is not a function",
				},
			});
			expect(outcomes(rolled).filter((outcome) => outcome === "live")).toHaveLength(fleet.names.length - 1);
		});

		it("takes a wait that was cut short for no bug", async () => {
			const fleet = fleetOf(bench());
			fleet.faults.set(fleet.names[1]!, new DOMException("This operation was aborted", "AbortError"));
			const rolled = await fleet.roll({ maxFailures: 1 });
			expect(rolled.instances[1]!.error).toMatchObject({ code: "interrupted", stack: null });
		});

		it("has an instance that cannot be opened as that instance's row", async () => {
			const fleet = fleetOf(bench());
			fleet.opening = (name) => {
				if (name === fleet.names[2]) fails(new UserError("file_unusable", "its key is not there"))();
			};
			const rolled = await fleet.roll({ maxFailures: 1 });
			expect(rolled.instances[2]).toMatchObject({ outcome: "error", error: { code: "file_unusable", hint: null } });
		});

		it("begins no other instance after Ctrl-C", async () => {
			const fleet = fleetOf(bench());
			const interrupt = new AbortController();
			fleet.opening = (name) => {
				if (name === fleet.names[1]) interrupt.abort(new UserError("interrupted", "^C"));
			};
			const rolled = await fleet.roll({ parallel: 1 }, interrupt.signal);
			expect(fleet.begun).toEqual(fleet.names.slice(0, 2));
			expect(outcomes(rolled).slice(2)).toEqual(fleet.names.slice(2).map(() => "skipped"));
			expect(rolled.halted).toBe(true);
		});

		it("that is only planned changes nothing", async () => {
			const fleet = fleetOf(bench());
			expect(outcomes(await fleet.roll({ dryRun: true }))).toEqual(fleet.names.map(() => "planned"));
			for (const name of fleet.names) expect(await bench().world.running(name)).toEqual([]);
		});
	});
}
