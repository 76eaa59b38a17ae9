import type { Config } from "../config/config.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import type { S3 } from "../store/s3.ts";
import type { Clock } from "../system/clock.ts";
import { seconds } from "../system/text.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { Target } from "./probe.ts";

/** The Temporal and the store of one smoke test. */
export interface Dependencies {
	/** Where the container under test finds them, in the words of cres.yaml. */
	settings: Pick<Config, "temporal" | "temporalTls" | "store" | "storeCa" | "models">;
	secrets: Readonly<Record<string, Secret>>;
	/** The same servers, from here. */
	temporal: Temporal;
	s3: S3;
	/** What the container must be able to reach. */
	targets: readonly Target[];
	/** Name → image digest or address. */
	about: Readonly<Record<string, string>>;
	/** They outlive the smoke test, which takes out what it has put in. */
	shared: boolean;
	/** One line for each that does not work, the cause first. */
	faults(signal: AbortSignal): Promise<string[]>;
}

interface Waiting {
	clock: Clock;
	signal: AbortSignal;
	/** Milliseconds. */
	limitMs: number;
	report: (text: string) => void;
	/** Throws when one of them will never answer. */
	assertAlive?: () => Promise<void>;
}

const LOOK_EVERY_MS = 250;
/** Of the rung that waits for them, from its start; the rest is for the probe from inside. A Temporal may take a minute. */
export const READY_SHARE = 3 / 4;

/**
 * Waits until every question is answered well, which is all that counts as ready.
 * @param questions by name; each resolves, or rejects with the reason
 * @throws UserError smoke_dependency with the last reason of each
 */
export async function untilReady(
	questions: Readonly<Record<string, () => Promise<unknown>>>,
	{ clock, signal, limitMs, report, assertAlive }: Waiting,
): Promise<void> {
	const started = clock.now();
	for (let open = { ...questions }; ;) {
		await assertAlive?.();
		const answers = await faultsOf(open);
		open = Object.fromEntries(Object.keys(answers).map((name) => [name, questions[name]!]));
		const words = Object.entries(answers).map(([name, reason]) => `${name}: ${reason}`);
		if (words.length === 0) return;
		report(words.join("; "));
		if (clock.now() - started >= limitMs)
			throw new UserError("smoke_dependency", `not ready after ${seconds(limitMs)}: ${words.join("; ")}`, {
				hint: "look at what it says above; give it more memory or a faster disk if it only starts slowly",
			});
		await clock.sleep(LOOK_EVERY_MS, signal);
	}
}

/** Name → why it does not answer well. */
export async function faultsOf(
	questions: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Record<string, string>> {
	const asked = Object.entries(questions).map(async ([name, ask]) => {
		const reason = await ask().then(
			() => undefined,
			(error: unknown) => messageOf(error).split("\n", 1)[0]!,
		);
		return [name, reason] as const;
	});
	return Object.fromEntries((await Promise.all(asked)).filter((one): one is [string, string] => one[1] !== undefined));
}

/** @throws UserError temporal_namespace_missing while the namespace is not there, and those of Temporal */
export async function assertNamespace(temporal: Temporal): Promise<void> {
	if (await temporal.namespaceExists()) return;
	throw new UserError("temporal_namespace_missing", `it has no namespace ${temporal.namespace}`, {
		hint: "cres control prepare",
	});
}
