import { expect } from "vitest";
import type { FaultName } from "../../rehearsal/vast/faults.ts";
import { UserError } from "../../src/errors/errors.ts";
import { changeLife } from "../../src/rollout/lifecycle.ts";
import { deploy as bring } from "../../src/rollout/deploy.ts";
import { BUILD, type PortOptions, type VastFleet } from "./vast-fleet.ts";

const INSTANCE = "gpu-1";

/** How a rollout into faults has ended. */
export interface Ended {
	/** `live`, `rolled-back`, `failed`, or the code of the error. */
	how: string;
	/** The error's or the failure's message and the command to type next. */
	message: string;
	hint: string;
}

export const deploy = (fleet: VastFleet, buildId: string, options: PortOptions = {}) =>
	bring(fleet.ports(INSTANCE, options), { reference: `b-${buildId}` }, { dryRun: false, purpose: "deploy" });

/** The build that runs and polls in the instance's contract; undefined when none does. */
export function serving(fleet: VastFleet): string | undefined {
	const { container, actual } = fleet.sim.contract(fleet.contractOf(INSTANCE))!;
	if (actual !== "running" || !container) return undefined;
	return fleet.sim.pollers().find(({ containerId }) => containerId === container.containerId)?.buildId;
}

/**
 * Rolls from the build that is live to another one with these faults switched on, at one route
 * if it is given, and sees that it ended as a rollout
 * may end; then, without faults, that it can go on from there.
 */
export async function rollInto(
	fleet: VastFleet,
	faults: readonly FaultName[],
	route?: string,
	options: PortOptions = {},
): Promise<Ended> {
	const id = fleet.contractOf(INSTANCE);
	const old = serving(fleet)!;
	const wanted = old === BUILD.first ? BUILD.second : BUILD.first;
	const strangers = fleet.sim.tenants().length;
	const scope = { id, ...(route === undefined ? {} : { route }) };
	for (const name of faults) fleet.sim.faults.set(name, scope);
	const ended = await endOf(deploy(fleet, wanted, options));
	expectTrue(ended, serving(fleet), { old, wanted });
	expect(fleet.sim.contracts().map((one) => one.id)).toEqual([id]); // nothing else was rented
	const done = fleet.sim.tenants().slice(strangers);
	for (const { commands } of done) for (const command of commands) expect(command).toContain("cres-probe-begin");
	fleet.sim.faults.clear();
	await goOn(fleet, wanted);
	return ended;
}

/** What it says is so; where it failed, it says what of and what to do. */
function expectTrue(
	{ how, message, hint }: Ended,
	runs: string | undefined,
	of: { old: string; wanted: string },
): void {
	if (how === "live") return expect(runs, "it says live").toBe(of.wanted);
	if (how === "rolled-back") return expect(runs, "it says rolled back").toBe(of.old);
	expect(message, "which state").toMatch(/gpu-1|contract \d+|Vast|registry/);
	expect(hint, "what to type").toMatch(/cres |again/);
}

/** The command to continue, in a world without faults. */
async function goOn(fleet: VastFleet, wanted: string): Promise<void> {
	let again = await endOf(deploy(fleet, wanted));
	if (again.how === "contract_stopped") {
		await changeLife(fleet.ports(INSTANCE), "start").catch(() => {}); // its worker may be one that cannot live
		again = await endOf(deploy(fleet, wanted));
	}
	// A container that the fault left broken may end and start on its own between two looks.
	if (again.how === "changed_meanwhile") again = await endOf(deploy(fleet, wanted));
	expect(["live", "unchanged"], `${again.message} → ${again.hint}`).toContain(again.how);
	expect(serving(fleet)).toBe(wanted);
}

async function endOf(rolling: ReturnType<typeof deploy>): Promise<Ended> {
	try {
		const { outcome, failure } = await rolling;
		return { how: outcome, message: failure?.message ?? "", hint: failure?.hint ?? "" };
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		return { how: error.code, message: error.message, hint: error.hint ?? "" };
	}
}
