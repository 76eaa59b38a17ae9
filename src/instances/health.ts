import { HEALTH_PROGRAM, parseHealth, type Health } from "../contracts/health.ts";
import { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { ExecOptions } from "./instance.ts";

/** How long a container that polls may take until its api answers and finds Temporal and the store. */
const TIMEOUT = 20_000;
const LOOK_EVERY = 500;
/** One question; milliseconds. */
const ASK_TIMEOUT = 10_000;
/** The api comes up after the worker: within one question it is waited for so long, in milliseconds, which spares another one. */
const WAIT = 3_000;
/** What is run in the container. */
export const HEALTH_ARGV: readonly string[] = ["sh", HEALTH_PROGRAM, String(WAIT)];
/** What HEALTH_PROGRAM exits with when nobody answers it. */
const SILENT = 1;
/** What a shell exits with when it does not find a file (POSIX: 127, dash: 2) or may not run it (126). */
const ABSENT: ReadonlySet<number | null> = new Set([2, 126, 127]);

/** What HEALTH_ARGV left. */
interface HealthAnswer {
	exitCode: number | null;
	stdout: string;
}

/** Runs HEALTH_ARGV in the container. */
export type AskHealth = (options: ExecOptions) => Promise<HealthAnswer>;

/** Milliseconds from a container's start until its api is asked first: it is mostly up by then. */
const FIRST_ASK = 1_000;
/** Milliseconds for which the answer counts: polls may come minutes later. */
const FRESH = 3_000;

/** An answer that was asked for before the container polled. */
export interface EarlyHealth extends HealthAnswer {
	/** When it came, milliseconds since the epoch. */
	at: number;
}

/** One question, asked while polls are awaited: over a slow line its answer takes longer than the watch. Undefined when it failed. */
export async function askEarly(
	ask: AskHealth,
	{ clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<EarlyHealth | undefined> {
	try {
		await clock.sleep(FIRST_ASK, signal);
		const answer = await ask({ signal, timeout: ASK_TIMEOUT });
		return { ...answer, at: clock.now() };
	} catch {
		return undefined; // whoever needs the answer asks again
	}
}

/**
 * Waits until the container's api answers and finds what every job needs: Temporal and the store. An engine may still be
 * loading its model. Returns the line for the record.
 * @throws UserError unhealthy after 20 s
 */
export async function untilHealthy(
	instance: string,
	ask: AskHealth,
	{ clock, signal, asked }: { clock: Clock; signal: AbortSignal; asked?: Promise<EarlyHealth | undefined> | undefined },
): Promise<string> {
	let early = await asked;
	if (early && clock.now() - early.at > FRESH) early = undefined;
	for (const end = clock.now() + TIMEOUT; ; await clock.sleep(LOOK_EVERY, signal)) {
		const { exitCode, stdout } = early ?? (await ask({ signal, timeout: ASK_TIMEOUT }));
		early = undefined;
		if (ABSENT.has(exitCode)) return "health: not asked, this image has no program for it";
		const health = exitCode === 0 ? parseHealth(stdout) : undefined;
		if (health && faultsIn(health).length === 0) return describe(health);
		if (clock.now() >= end) throw unhealthy(instance, health ? faultsIn(health) : [noAnswer(exitCode)]);
	}
}

const faultsIn = (health: Health): string[] =>
	(["temporal", "minio"] as const)
		.filter((name) => health[name] !== "ok")
		.map((name) => [`${name} is ${health[name]}`, health.reasons[name]].filter(Boolean).join(": "));

const noAnswer = (exitCode: number | null): string =>
	exitCode === 0 || exitCode === SILENT
		? "its api does not answer"
		: `its health is not known: ${HEALTH_PROGRAM} ends with ${exitCode === null ? "no exit code" : `exit code ${exitCode}`}`;

function describe(health: Health): string {
	const states = (["api", "temporal", "minio", "llama", "whisper"] as const).map((name) => `${name} ${health[name]}`);
	return `health: ${states.join(", ")}${health.pretended ? " (GPU pretended)" : ""}`;
}

const unhealthy = (instance: string, faults: readonly string[]) =>
	new UserError("unhealthy", `the container polls, but ${faults.join("; ")}`, {
		hint: `cres logs ${instance}, and check the store and Temporal in cres.yaml and .env`,
	});
