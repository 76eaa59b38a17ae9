import { UserError } from "../errors/errors.ts";
import { seconds } from "../system/text.ts";
import type { Claim } from "./claim.ts";

/** Why somebody else cannot have a lease now. `now` in milliseconds since the epoch. */
export const leaseHeld = (subject: string, { owner, pid, since, purpose }: Claim, now: number, hint?: string) =>
	new UserError(
		"lease_held",
		`${subject} is locked by ${owner} (pid ${pid}) for ${seconds(Math.max(0, now - since))}: ${purpose}`,
		{ hint: hint ?? `wait, or look: cres lock show ${subject}` },
	);

/** `by`: who has it now, if anybody. */
export const leaseLost = (subject: string, by: Claim | undefined, cause?: unknown) =>
	new UserError(
		"lease_lost",
		`the lease of ${subject} was lost${by ? ` to ${by.owner} (pid ${by.pid}): ${by.purpose}` : ""}; nothing more was done`,
		{ hint: `cres status, then run the command again`, cause },
	);
