import type { Endpoint } from "../instances/endpoint.ts";
import { vastInstance } from "../instances/find.ts";
import { takeLease } from "../rollout/lease.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import { textOf } from "./address.ts";
import { carryOut, isRecordedEntry, restorableOf, type Effects } from "./carry-out.ts";
import { contractReader, proveContract, type DiscoverPorts } from "./discover.ts";
import type { Exempt } from "./exempt.ts";
import { readIntent, type Change, type Intent } from "./intent.ts";
import {
	ENV_FILE,
	RECORDS,
	literalsFor,
	planRotation,
	type Finding,
	type RotationPlan,
	type Situation,
} from "./rotation-plan.ts";
import { rotationEntry, undoSteps } from "./rotation-entry.ts";
import { readSituation } from "./situation.ts";
import { readTree } from "./tree.ts";

export interface RotationPorts extends DiscoverPorts {
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
	exempt: Exempt[];
	/** Files that were searched. */
	searched: number;
	/** Steps that put the files back. */
	undo: string[];
}

/**
 * Reads the endpoint from the platform, proves it, and writes it wherever it is recorded, when no other literal of an
 * earlier one would be left. A rotation that was cut off is completed.
 * @throws UserError lease_held (busy), contract_gone, perimeter_invalid, and those of proveEndpoint
 */
export async function rotate(
	ports: RotationPorts,
	instance: string,
	{ dryRun }: { dryRun: boolean },
): Promise<Rotation> {
	const { config, clock } = ports;
	vastInstance(config, instance);
	if (dryRun) return rotateHeld(ports, instance, true);
	const lease = await takeLease(config.root, instance, "rotate", clock);
	try {
		return await rotateHeld(ports, instance, false);
	} finally {
		await lease.release();
	}
}

async function rotateHeld(ports: RotationPorts, instance: string, dryRun: boolean): Promise<Rotation> {
	const begun = await unfinished(ports, instance, dryRun);
	const found = await ports.progress.step(`ask Vast and log in to ${instance}`, async () => {
		const read = await contractReader(ports);
		return proveContract(ports, instance, await read(instance));
	});
	const endpoint = begun && isSameLife(begun.to, found.endpoint) ? begun.to : found.endpoint;
	const situation = await readSituation(ports.config, instance, endpoint, begun);
	const { plan, searched } = await look(ports, situation);
	const intent = await intentFor(ports, situation, plan, { ...found, begun });
	const result = { ...resultOf(intent, plan, searched), continued: begun !== undefined };
	if (plan.findings.length > 0) return { ...result, outcome: "blocked" };
	if (intent.changes.length === 0) return { ...result, outcome: "unchanged", undo: [] };
	if (dryRun) return { ...result, outcome: "planned" };
	await carryOut(ports, intent, plan.edits, situation);
	const after = await look(ports, situation);
	const left = { findings: after.plan.findings, exempt: after.plan.exempt, searched: after.searched };
	if (after.plan.findings.length + after.plan.edits.length > 0)
		return {
			...result,
			...left,
			continued: true,
			outcome: "blocked",
			findings: [...left.findings, ...undone(after.plan)],
		};
	await ports.effects.recordEntry(ports.config.root, rotationEntry(intent, left));
	await ports.effects.removeIntent(ports.config.root, instance);
	return { ...result, ...left, outcome: "rotated" };
}

/** The rotation that was cut off; one that only left its intent behind is over. */
async function unfinished(
	{ config, effects }: RotationPorts,
	instance: string,
	dryRun: boolean,
): Promise<Intent | undefined> {
	const intent = await readIntent(config.root, instance);
	if (!intent || !(await isRecordedEntry(config.root, intent))) return intent;
	if (!dryRun) await effects.removeIntent(config.root, instance);
	return undefined;
}

async function look(ports: RotationPorts, situation: Situation): Promise<{ plan: RotationPlan; searched: number }> {
	const { config, shell, signal } = ports;
	const tree = await readTree({ root: config.root, shell, signal }, literalsFor(situation), RECORDS);
	return { plan: planRotation(tree, situation), searched: tree.searched };
}

const isSameLife = (a: Endpoint, b: Endpoint): boolean =>
	a.host === b.host && a.port === b.port && a.contract === b.contract && a.fingerprint === b.fingerprint;

interface Found {
	buildId: string | null;
	differs: boolean;
	begun: Intent | undefined;
}

/** What is about to be done; together with what was done already when a rotation goes on. */
async function intentFor(
	ports: RotationPorts,
	situation: Situation,
	{ edits }: RotationPlan,
	found: Found,
): Promise<Intent> {
	const { begun, differs, buildId } = found;
	const { instance, present, stale } = situation;
	const at = begun?.at ?? new Date(ports.clock.now()).toISOString();
	const record = { file: ".cres/endpoints.json", what: `endpoint of ${instance}` };
	const changes = [...(differs ? [record] : []), ...edits.map(({ path, what }): Change => ({ file: path, what }))];
	const done = begun?.changes ?? [];
	const copied = edits.some(({ path }) => path === ENV_FILE) ? `.env.bak-${at.replaceAll(/[-:]|Z$/g, "")}` : null;
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
	intent: Intent,
	{ findings, exempt }: RotationPlan,
	searched: number,
): Omit<Rotation, "outcome" | "continued"> => ({
	...{ instance: intent.instance, endpoint: intent.to, from: intent.from.map(textOf), changes: intent.changes },
	...{ findings, exempt, searched, undo: undoSteps(intent) },
});

/** Files that somebody else wrote back in the meantime. */
const undone = ({ edits }: RotationPlan): Finding[] =>
	edits.map(({ path, what }) => ({ file: path, line: 1, literal: `written by somebody else meanwhile (${what})` }));
