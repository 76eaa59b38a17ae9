import { asUserError } from "./as-user-error.ts";
import { UserError, codeOf } from "./errors.ts";
import { EXIT, type ExitName } from "./exit.ts";

type Settled<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/** Like Promise.all, but waits for all and reports every failure at once. */
export async function gathered<T extends readonly unknown[]>(work: [...T]): Promise<Settled<T>> {
	const settled = await Promise.allSettled(work);
	const reasons = [...new Set(settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])))];
	const failures = reasons.map((reason) => asUserError(reason) ?? reason);
	const bug = failures.find((failure) => !(failure instanceof UserError));
	if (bug !== undefined) throw bug;
	throwTogether(failures as UserError[]);
	return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as Settled<T>;
}

/** Several failures that were found before anything was changed, as one. Its exit code is the most particular one. */
export class PreflightError extends UserError {
	readonly failures: readonly UserError[];
	override readonly exit: ExitName;

	constructor(failures: readonly UserError[]) {
		const lines = failures.map(({ message, hint }) => `  - ${message}${hint ? `\n    → ${hint}` : ""}`);
		super("preflight", `${failures.length} preflight checks failed; nothing was changed:\n${lines.join("\n")}`);
		this.failures = failures;
		this.exit = failures.map(({ exit }) => exit).toSorted((a, b) => EXIT[b] - EXIT[a])[0]!;
	}
}

/** Its code, or those of all that it lists. */
export const codesIn = (error: unknown): (string | undefined)[] =>
	error instanceof PreflightError ? error.failures.map(({ code }) => code) : [codeOf(error)];

/** One failure as it is, several as one error that lists them. */
export function throwTogether(failures: readonly UserError[]): void {
	const flat = failures.flatMap((one) => (one instanceof PreflightError ? one.failures : [one]));
	// several questions may fail for one reason
	const all = [...new Map(flat.map((one) => [`${one.code}\n${one.message}`, one])).values()];
	if (all.length === 1) throw all[0]!;
	if (all.length > 1) throw new PreflightError(all);
}
