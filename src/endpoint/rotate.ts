import { relative, sep } from "node:path";
import type { Config } from "../config/config.ts";
import type { Endpoint } from "../state/endpoints.ts";
import { claimOf } from "../state/claim.ts";
import { takeLocalLease } from "../state/leases.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import { textOf } from "./address.ts";
import { applyRotation, isRecordedEntry, restorableOf, type Effects } from "./apply.ts";
import { discoverInstance } from "./discover.ts";
import type { Exclusion } from "./exclusions.ts";
import { readPendingRotation, type Change, type PendingRotation } from "../state/pending-rotation.ts";
import {
	ENV_FILE,
	RECORDS,
	literalsFor,
	planRotation,
	type Finding,
	type RotationPlan,
	type RotationFacts,
} from "./rotation-plan.ts";
import { rotationEntry, undoSteps } from "./rotation-entry.ts";
import { readRotationFacts, type FactPorts } from "./rotation-facts.ts";
import { readTree } from "./tree.ts";

export interface RotationPorts extends FactPorts {
	shell: Shell;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	effects: Effects;
}

/** What `cres endpoint rotate` did, or would do, for one instance. */
export interface Rotation {
	instance: string;
	/** `blocked`: literals of an earlier endpoint are left that nothing but a person can take away. */
	outcome: "unchanged" | "planned" | "blocked" | "rotated";
	endpoint: Endpoint;
	/** Earlier endpoints that were searched for, host:port, the latest first. */
	from: string[];
	/** It went on with one that was cut off; when `blocked`: it has begun, and is not complete. */
	continued: boolean;
	changes: Change[];
	findings: Finding[];
	/** Files that hold an earlier endpoint by rule, and files that were not searched. */
	excluded: Exclusion[];
	/** Files that were searched. */
	searched: number;
	/** Steps that put the files back. */
	undo: string[];
}

/**
 * Reads the endpoint from the platform, verifies it, and writes it wherever it is recorded, when no other literal of an
 * earlier one would be left. A rotation that was cut off is completed.
 * @throws UserError lease_held (busy), contract_gone, perimeter_invalid, and those of verifyEndpoint
 */
export async function rotate(
	ports: RotationPorts,
	instance: string,
	{ dryRun }: { dryRun: boolean },
): Promise<Rotation> {
	const { config, clock } = ports;
	await ports.open(instance); // an unknown name is refused before anything is taken
	if (dryRun) return rotateHeld(ports, instance, true);
	const lease = await takeLocalLease(config.state, instance, "rotate", { clock });
	try {
		return await rotateHeld(ports, instance, false);
	} finally {
		await lease.release();
	}
}

async function rotateHeld(ports: RotationPorts, instance: string, dryRun: boolean): Promise<Rotation> {
	const begun = await unfinished(ports, instance, dryRun);
	const found = await ports.progress.step(`ask Vast and log in to ${instance}`, async () =>
		(await discoverInstance(await ports.open(instance))).verify(),
	);
	const endpoint = begun && isSameLife(begun.to, found.endpoint) ? begun.to : found.endpoint;
	const facts = await readRotationFacts(ports, instance, endpoint, begun);
	const { plan, searched } = await look(ports, facts);
	const pending = await pendingFrom(ports, facts, plan, { ...found, begun });
	const result = { ...resultOf(pending, plan, searched), continued: begun !== undefined };
	if (plan.findings.length > 0) return { ...result, outcome: "blocked" };
	if (pending.changes.length === 0) return { ...result, outcome: "unchanged", undo: [] };
	if (dryRun) return { ...result, outcome: "planned" };
	await applyRotation(ports, pending, plan.edits, facts);
	return { ...result, ...(await completed(ports, pending, facts)) };
}

/** What is left of earlier endpoints after the files were written; where nothing is, the rotation is recorded and over. */
async function completed(
	ports: RotationPorts,
	pending: PendingRotation,
	facts: RotationFacts,
): Promise<Pick<Rotation, "outcome" | "findings" | "excluded" | "searched"> & Partial<Rotation>> {
	const { config, clock, effects } = ports;
	const { plan, searched } = await look(ports, facts);
	const { findings, excluded } = plan;
	const left = { findings, excluded, searched };
	if (findings.length + plan.edits.length > 0)
		return { ...left, continued: true, outcome: "blocked", findings: [...findings, ...undone(plan)] };
	await effects.recordEntry(config.root, rotationEntry(pending, claimOf("rotate", clock).owner, left));
	await effects.removePendingRotation(config.state, pending.instance);
	return { ...left, outcome: "rotated" };
}

/** The rotation that was cut off; one that only left its pending behind is over. */
async function unfinished(
	{ config, effects }: RotationPorts,
	instance: string,
	dryRun: boolean,
): Promise<PendingRotation | undefined> {
	const pending = await readPendingRotation(config.state, instance);
	if (!pending || !(await isRecordedEntry(config.root, pending))) return pending;
	if (!dryRun) await effects.removePendingRotation(config.state, instance);
	return undefined;
}

async function look(ports: RotationPorts, facts: RotationFacts): Promise<{ plan: RotationPlan; searched: number }> {
	const { config, shell, signal } = ports;
	const tree = await readTree({ root: config.root, shell, signal }, literalsFor(facts), RECORDS);
	return { plan: planRotation(tree, facts), searched: tree.searched };
}

/** The state directory below the project's, with `/`. */
const stateFolder = ({ root, state }: Config): string => relative(root, state).split(sep).join("/");

const isSameLife = (a: Endpoint, b: Endpoint): boolean =>
	a.host === b.host && a.port === b.port && a.contract === b.contract && a.fingerprint === b.fingerprint;

interface Found {
	buildId: string | null;
	differs: boolean;
	begun: PendingRotation | undefined;
}

/** What is about to be done; together with what was done already when a rotation goes on. */
async function pendingFrom(
	ports: RotationPorts,
	facts: RotationFacts,
	{ edits }: RotationPlan,
	found: Found,
): Promise<PendingRotation> {
	const { begun, differs, buildId } = found;
	const { instance, present, stale } = facts;
	const at = begun?.at ?? new Date(ports.clock.now()).toISOString();
	const record = { file: `${stateFolder(ports.config)}/endpoints.json`, what: `endpoint of ${instance}` };
	const changes = [...(differs ? [record] : []), ...edits.map(({ path, what }): Change => ({ file: path, what }))];
	const done = begun?.changes ?? [];
	const copied = edits.some(({ path }) => path === ENV_FILE)
		? `${stateFolder(ports.config)}/.env.bak-${at.replaceAll(/[-:]|Z$/g, "")}`
		: null;
	const fresh = changes.filter(({ file }) => !done.some((one) => one.file === file));
	return {
		...{ instance, at, to: present, buildId: begun?.buildId ?? buildId },
		from: [...stale],
		changes: [...done, ...fresh],
		restorable: [...(begun?.restorable ?? []), ...(await restorableOf(ports, fresh))],
		backup: begun?.backup ?? copied,
	};
}

const resultOf = (
	pending: PendingRotation,
	{ findings, excluded }: RotationPlan,
	searched: number,
): Omit<Rotation, "outcome" | "continued"> => ({
	...{ instance: pending.instance, endpoint: pending.to, from: pending.from.map(textOf), changes: pending.changes },
	...{ findings, excluded, searched, undo: undoSteps(pending) },
});

/** Files that somebody else wrote back in the meantime. */
const undone = ({ edits }: RotationPlan): Finding[] =>
	edits.map(({ path, what }) => ({ file: path, line: 1, literal: `written by somebody else meanwhile (${what})` }));
