import { randomBytes } from "node:crypto";
import { UserError } from "../../errors/errors.ts";
import type { Instance, Running } from "../../instances/instance.ts";
import { redact } from "../../secrets/secret.ts";
import { currentRelease, readRecentReleases, type Release } from "../../state/releases.ts";
import { within } from "../../system/limits.ts";
import { failureOf } from "./failure.ts";
import type { Failure, InsideFacts, InstanceFacts } from "./facts.ts";
import { insideSchema } from "./inside-facts.ts";
import { insideCommand, insideText } from "./inside/program.ts";
import type { SeenControl } from "./control-facts.ts";
import { isWell } from "./program-states.ts";
import type { RuntimePorts } from "./ports.ts";
import { jsonOf } from "../../system/json.ts";

const LOG_LIMIT_MS = 5_000;
const LOG_LINES = 300;
const LONGEST_LINE = 1_000;
const RECENT = 6;

export interface Asked {
	signal: AbortSignal;
	/** Milliseconds for everything that is asked of the instance. */
	limitMs: number;
	control: Promise<SeenControl>;
}

/** Everything that is known of one instance; one round trip into its container. What fails is a fact. */
export async function instanceFacts(ports: RuntimePorts, name: string, asked: Asked): Promise<InstanceFacts> {
	const takenAt = ports.clock.now();
	const started = performance.now();
	const { driver, roles } = ports.config.instances[name]!;
	const facts: InstanceFacts = { ...NOTHING, name, driver, roles, takenAt };
	try {
		await within(asked.limitMs, asked.signal, async (signal) => fill(facts, ports, { ...asked, signal }));
	} catch (error) {
		asked.signal.throwIfAborted();
		facts.unreachable ??= whyNot(name, error);
	}
	facts.tookMs = Math.round(performance.now() - started);
	return facts;
}

const NOTHING: Omit<InstanceFacts, "name" | "driver" | "roles" | "takenAt"> = {
	...{ tookMs: 0, endpoint: null, unreachable: null, container: null, containers: 0, stopped: null, gpu: false },
	...{ holder: null, releases: [], drift: [], inside: null, insideFailure: null, aheadMs: null, aheadWithinMs: 0 },
	log: [],
};

function whyNot(name: string, error: unknown): Failure {
	const failure = failureOf(error);
	if (failure.code !== "no_answer" || failure.hint !== null) return failure;
	return { ...failure, message: `${name} gives ${failure.message}`, hint: `cres ssh ${name}` };
}

/** Fills in what is known, as it comes: what is late is missing, and no more. */
async function fill(facts: InstanceFacts, ports: RuntimePorts, { control, limitMs, signal }: Asked): Promise<void> {
	const { name } = facts;
	const releases = await readRecentReleases(ports.config.state, name);
	facts.releases = told(releases);
	const instance = await ports.instance(name);
	facts.endpoint = await endpointOf(instance);
	const inside = askInside(ports, instance, { signal, timeout: limitMs }).then(
		(found) => Object.assign(facts, found),
		(error: unknown) => void (facts.insideFailure = failureOf(error)),
	);
	const running = await instance.running(async () => (await control).polls);
	Object.assign(facts, seenOf(running, (await control).polls));
	facts.drift = running.container ? await ports.drift(instance, running, releases).catch(() => null) : [];
	await inside;
	if (needsLog(facts)) facts.log = await endOfLog(instance, signal);
}

const told = (releases: readonly Release[]): InstanceFacts["releases"] => {
	const current = currentRelease(releases);
	const recent = releases.slice(-RECENT);
	const kept = current && !recent.includes(current) ? [current, ...recent] : recent;
	return kept.map(({ id, at, buildId, digest, outcome }) => ({ id, at, buildId, digest, outcome }));
};

async function endpointOf(instance: Instance): Promise<InstanceFacts["endpoint"]> {
	const { host, port, fingerprint, verifiedBy, since } = await instance.endpoint();
	return host === null ? null : { at: `${host}:${port}`, fingerprint, verifiedBy, since };
}

function seenOf(
	{ container, count, stopped, gpu, holder }: Running,
	polls: SeenControl["polls"],
): Partial<InstanceFacts> {
	const shown = container && {
		...{ digest: container.digest, buildId: container.buildId, since: container.since, restarts: container.restarts },
		identities: [...new Set(polls.filter((row) => container.owns(row)).map(({ identity }) => identity))].slice(0, 16),
	};
	const by = holder ? { owner: holder.owner, purpose: holder.purpose } : null;
	return { container: shown, containers: count, stopped, gpu, holder: by };
}

/** @throws UserError triage_unreadable and those of the instance */
async function askInside(
	{ clock }: Pick<RuntimePorts, "clock">,
	instance: Instance,
	options: { signal: AbortSignal; timeout: number },
): Promise<{ inside: InsideFacts; aheadMs: number; aheadWithinMs: number }> {
	const mark = `@cres-${randomBytes(6).toString("hex")}`;
	const before = clock.now();
	const stdout = await instance.exec(insideCommand(mark), options);
	const after = clock.now();
	const inside = parseInside(instance.name, stdout, mark);
	// It tells its time when it starts, which is nearer to the beginning where it then waits for a server.
	return {
		inside,
		aheadMs: Math.round(inside.at - (before + after) / 2),
		aheadWithinMs: Math.ceil((after - before) / 2),
	};
}

/** Nothing of it is trusted: it is read by its schema, without secrets of ours. */
export function parseInside(name: string, stdout: string, mark: string): InsideFacts {
	const text = insideText(stdout, mark);
	const parsed = text === undefined ? undefined : insideSchema.safeParse(jsonOf(redact(text)));
	if (parsed?.success) return parsed.data;
	const why = text === undefined ? "it has no Node, or printed nothing" : parsed!.error!.issues[0]!.message;
	throw new UserError("triage_unreadable", `the container of ${name} tells nothing of itself: ${why}`, {
		hint: `cres exec ${name} -- node --version, to see whether it is an image of ours`,
	});
}

/** Its log is asked for where something in it does badly, or the container does not run. */
function needsLog({ stopped, container, inside, insideFailure }: InstanceFacts): boolean {
	if (stopped) return true;
	if (insideFailure) return insideFailure.code !== "instance_unreachable";
	const programs = inside?.supervisor?.programs ?? [];
	const since = Date.parse(container?.since ?? "");
	const again = programs.some(({ startedAt }) => startedAt - since > AGAIN_MS);
	return (container?.restarts ?? 0) > 0 || again || programs.some((one) => !isWell(one));
}

/** A program that starts so long after its container has been started before. */
const AGAIN_MS = 20_000;

async function endOfLog(instance: Instance, signal: AbortSignal): Promise<InstanceFacts["log"]> {
	const read = () => Array.fromAsync(instance.logs({ tail: LOG_LINES, follow: false }));
	const lines = await within(LOG_LIMIT_MS, signal, read).catch(() => []);
	return lines.slice(-LOG_LINES).map(({ at, program, text }) => ({
		...{ at, program: program?.slice(0, 100) ?? null },
		text: redact(text).slice(0, LONGEST_LINE),
	}));
}
