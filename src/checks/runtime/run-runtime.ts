import type { CheckResult, Named, RuntimeCheck } from "../triage-check.ts";
import type { RuntimeFacts } from "./facts.ts";
import { gatherFacts, type GatherOptions } from "./gather.ts";
import { judgeFacts } from "./judge.ts";
import type { RuntimePorts } from "./ports.ts";

/** Asks the running system, then looks at what it said: a bundle holds the facts, so that newer checks may look again. */
export async function runRuntime(
	ports: RuntimePorts,
	names: readonly string[],
	checks: readonly Named<RuntimeCheck>[],
	options: GatherOptions,
): Promise<{ facts: RuntimeFacts; results: CheckResult[] }> {
	const facts = await gatherFacts(ports, names, options);
	return { facts, results: judgeFacts(checks, facts) };
}
