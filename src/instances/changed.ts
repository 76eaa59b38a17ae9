import { UserError } from "../errors/errors.ts";

/** Between the look and the lease somebody else may have changed an instance: then the plan is void. */
export const changedMeanwhile = (instance: string, what = `${instance} was changed by somebody else just now`) =>
	new UserError("changed_meanwhile", what, { hint: "run the command again" });

/** @throws UserError changed_meanwhile unless both are the same text */
export function assertSame(instance: string, before: string, now: string): void {
	if (before !== now) throw changedMeanwhile(instance);
}
