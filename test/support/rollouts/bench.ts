import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { EXIT } from "../../../src/errors/exit.ts";
import type { Step } from "../../../src/rollout/step.ts";
import { makeControlHost, type ControlHost } from "./control-host.ts";
import type { MakeWorld, RolloutWorld } from "./world.ts";

/** A world and two control hosts that share nothing but it. */
export interface Bench {
	world: RolloutWorld;
	host: ControlHost;
	other: ControlHost;
	/** The instance that is rolled. */
	name: string;
	builds: RolloutWorld["builds"];
	close(): Promise<void>;
}

export async function makeBench(make: MakeWorld): Promise<Bench> {
	const world = await make();
	const [host, other] = [await makeControlHost(world), await makeControlHost(world)];
	return {
		...{ world, host, other, name: Object.keys(world.settings.instances)[0]!, builds: world.builds },
		async close() {
			await host.remove();
			await other.remove();
			await world.close();
		},
	};
}

/** The first build is live, and what is seen from then on is counted from nothing. */
export async function deployFirst({ host, name, builds }: Bench): Promise<void> {
	await host.deploy(name, builds.first);
	forget(host);
}

export function forget({ watched, notes }: ControlHost): void {
	watched.interventions = [];
	watched.beforeRevert = undefined;
	watched.calls.length = 0;
	watched.performed.length = 0;
	notes.length = 0;
}

/** The steps from the first build to the second, without those of the cleanup. */
export async function stepsToSecond({ host, name, builds }: Bench): Promise<Step[]> {
	const { plan } = await host.deploy(name, builds.second, { dryRun: true });
	forget(host);
	return plan.filter(({ phase }) => phase !== "cleanup");
}

/** The UserError of something that must fail, with the number that the command exits with. */
export async function faultOf(work: Promise<unknown>) {
	const error = await work.then(
		() => new Error("it did not fail"),
		(reason: unknown) => reason,
	);
	if (!(error instanceof UserError)) throw error;
	const { code, message, hint, exit } = error;
	return { code, message, hint, exit: EXIT[exit] };
}

/** What the records of a control host say; every rollout closed what it had opened. */
export async function recordsOf(host: ControlHost, name: string) {
	const [releases, journal, plan] = await Promise.all([host.releases(name), host.journal(name), host.plan()]);
	expect(host.watched.open, "open observations and executions").toBe(0);
	return {
		releases: releases.map(({ buildId, outcome }) => `${buildId} ${outcome}`),
		end: journal.flatMap((record) => (record.event === "end" ? [record.outcome] : [])).at(-1),
		entries: plan
			.split("\n")
			.filter((line) => line.startsWith("## "))
			.map((line) => line.replace(/^## \S+ - /, "")),
	};
}

/** A directory where a file should be: nobody can write it, root included. */
export async function block(path: string): Promise<void> {
	await rm(path, { recursive: true, force: true });
	await mkdir(join(path, "in-the-way"), { recursive: true });
}

export const planFile = ({ root }: ControlHost): string => join(root, "docs", "PLAN.md");

export const atIndex = (index: number) => (_step: Step, at: number) => at === index;
export const inPhase = (phase: Step["phase"]) => (step: Step) => step.phase === phase;
