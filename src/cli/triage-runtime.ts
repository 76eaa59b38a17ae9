import type { RunRuntime } from "../checks/triage.ts";
import type { Named, RuntimeCheck } from "../checks/triage-check.ts";
import type { CouldNotLook } from "../checks/triage-report.ts";
import type { Context } from "./context.ts";

/** Asks these instances, and looks at what they say. */
export const askInstances =
	(
		context: Context,
		names: readonly string[],
		checks: readonly Named<RuntimeCheck>[],
		budgetMs: number | undefined,
	): RunRuntime =>
	async ({ signal }) => {
		const { runRuntime } = await import("../checks/runtime/run-runtime.ts");
		const ask = (report: (text: string) => void) => {
			const onAsked = (done: number, of: number) => report(`${done} of ${of}`);
			return runRuntime(context.triage(), names, checks, {
				...{ signal, onAsked },
				...(budgetMs === undefined ? {} : { budgetMs }),
			});
		};
		return context.progress.step(`ask ${names.length === 1 ? names[0]! : `${names.length} instances`}`, ask);
	};

/** Looks at facts of another machine, or another day. Facts of another version are a fault, and no pass. */
export async function lookAgain(
	facts: unknown,
	checks: readonly Named<RuntimeCheck>[],
): Promise<{ runtime: RunRuntime | undefined; faults: CouldNotLook[] }> {
	if (facts === undefined) return { runtime: undefined, faults: [] };
	const [{ runtimeFactsSchema }, { judgeFacts }] = await Promise.all([
		import("../checks/runtime/facts.ts"),
		import("../checks/runtime/judge.ts"),
	]);
	const parsed = runtimeFactsSchema.safeParse(facts);
	if (parsed.success)
		return { runtime: async () => ({ facts: parsed.data, results: judgeFacts(checks, parsed.data) }), faults: [] };
	const what = `facts of instances in the bundle: ${parsed.error.issues[0]!.message}`;
	const how = "make the bundle again with this version of cres";
	return { runtime: undefined, faults: [{ check: "runtime", what, how }] };
}
