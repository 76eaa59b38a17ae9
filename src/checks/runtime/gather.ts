import { controlFacts } from "./control-facts.ts";
import { FACTS_VERSION, type InstanceFacts, type RuntimeFacts } from "./facts.ts";
import { instanceFacts } from "./instance-facts.ts";
import type { RuntimePorts } from "./ports.ts";

/** Milliseconds for the whole sweep. */
const BUDGET_MS = 15_000;
/** The part of it that one instance may take: one that is silent costs this once, beside all others. */
const INSTANCE_SHARE = 0.8;
/** No instance can answer in less: it is told as not asked, not as one that gives no answer. */
const LEAST_MS = 20;
/** Logins that are under way at the same time. */
const CONCURRENCY = 64;

export interface GatherOptions {
	signal: AbortSignal;
	/** Milliseconds for everything; default 15 s. What was not asked then is listed. */
	budgetMs?: number;
	/** How many instances are asked at the same time; default 64. */
	concurrency?: number;
	/** Called when an instance has been asked. */
	onAsked?: (done: number, of: number) => void;
}

/** Asks all instances, many at the same time, and the control side once. @throws what `signal` was aborted with */
export async function gatherFacts(
	ports: RuntimePorts,
	names: readonly string[],
	{ signal, budgetMs = BUDGET_MS, concurrency = CONCURRENCY, onAsked = () => {} }: GatherOptions,
): Promise<RuntimeFacts> {
	const ends = performance.now() + budgetMs;
	const control = controlFacts(ports, names, { signal, budgetMs });
	const waiting = names.values();
	const found = new Map<string, InstanceFacts>();
	const lane = async (): Promise<void> => {
		for (const name of waiting) {
			const left = ends - performance.now();
			if (left < LEAST_MS) return;
			const limitMs = Math.min(INSTANCE_SHARE * budgetMs, left);
			found.set(name, await instanceFacts(ports, name, { signal, limitMs, control }));
			onAsked(found.size, names.length);
		}
	};
	const lanes = Array.from({ length: Math.min(concurrency, names.length) }, lane);
	const [seen] = await Promise.all([control, ...lanes]);
	return {
		version: FACTS_VERSION,
		control: seen.facts,
		instances: names.flatMap((name) => found.get(name) ?? []),
		notAsked: names.filter((name) => !found.has(name)),
	};
}
