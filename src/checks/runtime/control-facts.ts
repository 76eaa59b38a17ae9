import { expectedPollers, ROLES, type Role } from "../../contracts/queues.ts";
import { readBytes, within } from "../../system/limits.ts";
import { ownOf } from "../../system/own-of.ts";
import { observePollers, type PollerRow } from "../../temporal/pollers.ts";
import type { QueueStatus } from "../../temporal/replies.ts";
import { servingContainer } from "./dependency-container.ts";
import { failureOf } from "./failure.ts";
import type { ControlFacts, DependencyFacts, Failure, QueueFacts } from "./facts.ts";
import type { RuntimePorts } from "./ports.ts";
import { redact } from "../../secrets/secret.ts";

/** A client that is loaded on a busy machine takes some of it. */
const LIMIT_MS = 8_000;
const API_LIMIT_MS = 3_000;
/** Shares of the budget: for the questions, and for them with the look at who serves what does not answer. */
const ASKED = 0.55;
const TOLD = 0.75;
const API_BYTES = 8_000;

/** What is seen from here, and the polls themselves for whoever owns them. */
export interface SeenControl {
	facts: ControlFacts;
	polls: readonly PollerRow[];
}

/** How long the questions may take, in milliseconds at most. */
interface Limit {
	signal: AbortSignal;
	limitMs: number;
}

/**
 * Asks Temporal, the store and the control api at the same time; what does not answer is a fact. It keeps to three
 * quarters of `budgetMs`: the facts of an instance wait for it.
 */
export async function controlFacts(
	ports: RuntimePorts,
	names: readonly string[],
	{ signal, budgetMs }: { signal: AbortSignal; budgetMs: number },
): Promise<SeenControl> {
	const { config, clock } = ports;
	const takenAt = clock.now();
	const ends = performance.now() + TOLD * budgetMs;
	const limit = { signal, limitMs: Math.floor(ASKED * budgetMs) };
	const played = ROLES.filter((role) => names.some((name) => ownOf(config.instances, name)?.roles.includes(role)));
	const [temporal, store, api] = await Promise.all([
		queuesOf(ports, played, limit),
		askStore(ports, limit),
		askApi(config.env["REINDEX_URL"], limit),
	]);
	const { rows = [], queues = [] } = temporal;
	const left = { signal, limitMs: ends - performance.now() };
	const dependencies = await Promise.all([
		dependency(ports, "temporal", config.temporal.address, temporal.failure, left),
		dependency(ports, "store", config.store.endpoint, store, left),
	]);
	return { facts: { takenAt, dependencies, queues, api, instances: Object.keys(config.instances) }, polls: rows };
}

interface Polls {
	rows?: PollerRow[];
	queues?: QueueFacts[];
	failure: Failure | null;
}

async function queuesOf(
	{ config, clock, ...ports }: RuntimePorts,
	played: readonly Role[],
	{ signal, limitMs }: Limit,
): Promise<Polls> {
	const expected = expectedPollers(config.queue, played);
	try {
		return await within(Math.min(LIMIT_MS, limitMs), signal, async () => {
			const temporal = await ports.temporal();
			const told = new Map<string, QueueStatus>();
			const listening: typeof temporal = {
				...temporal,
				async queueStatus(queue, type) {
					const status = await temporal.queueStatus(queue, type);
					told.set(`${queue} ${type}`, status);
					return status;
				},
			};
			const { rows } = await observePollers(listening, expected, clock);
			if (expected.length === 0) await temporal.namespaceExists();
			const queues = expected.map(({ queue, type, role }): QueueFacts => {
				const { backlog, rates, routed } = told.get(`${queue} ${type}`)!;
				const pollers = rows
					.filter((row) => row.queue === queue && row.type === type)
					.map(({ identity, buildId, lastSeenMs, verdict }) => ({ identity, buildId, lastSeenMs, verdict }));
				const rated = { addRate: rates?.add ?? null, dispatchRate: rates?.dispatch ?? null };
				return { queue, type, role, pollers, backlog: { ...backlog, ...rated }, routed: routed ?? null };
			});
			return { rows, queues, failure: null };
		});
	} catch (error) {
		signal.throwIfAborted();
		return { failure: failureOf(error) };
	}
}

async function askStore({ config, store }: RuntimePorts, { signal, limitMs }: Limit): Promise<Failure | null> {
	const { bucket, endpoint } = config.store;
	try {
		const exists = await within(Math.min(LIMIT_MS, limitMs), signal, async () => (await store()).bucketExists());
		if (exists) return null;
		return { code: "bucket_missing", message: `${endpoint} has no bucket ${bucket}`, hint: "cres control prepare" };
	} catch (error) {
		signal.throwIfAborted();
		return failureOf(error);
	}
}

/** Where the container's own api posts to, cres.yaml names the control api. */
async function askApi(reindex: string | undefined, { signal, limitMs }: Limit): Promise<ControlFacts["api"]> {
	if (reindex === undefined || !URL.canParse(reindex)) return null;
	const url = new URL("/health", reindex).href;
	try {
		return await within(Math.min(API_LIMIT_MS, limitMs), signal, async (ended) => {
			const answer = await fetch(url, { signal: ended, redirect: "error" });
			const text = answer.body ? (await readBytes(answer.body, API_BYTES)).toString("utf8") : "";
			return { url, status: answer.status, answer: redact(text).slice(0, 2_000) };
		});
	} catch (error) {
		signal.throwIfAborted();
		return { url, status: null, answer: failureOf(error).message };
	}
}

async function dependency(
	ports: RuntimePorts,
	name: DependencyFacts["name"],
	address: string,
	failure: Failure | null,
	{ signal, limitMs }: Limit,
): Promise<DependencyFacts> {
	const look = (ended: AbortSignal) => servingContainer(ports.shell, { name, address }, ended);
	const container = failure && limitMs > 0 ? await within(limitMs, signal, look).catch(nothing(signal)) : null;
	return { name, address, failure, container };
}

/** Null for what is late, unless it was the signal that ended it. */
const nothing = (signal: AbortSignal) => (): null => {
	signal.throwIfAborted();
	return null;
};
