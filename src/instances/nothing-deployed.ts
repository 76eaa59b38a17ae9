import { UserError } from "../errors/errors.ts";

/** No container of ours is there, running or not. */
export const nothingDeployed = (instance: string) =>
	new UserError("nothing_deployed", `${instance} has no container of cres`, { hint: `cres deploy ${instance}` });

/** A container of ours may be there, and does not run. */
export const nothingRuns = (instance: string) =>
	new UserError("nothing_runs", `no container of cres runs on ${instance}`, {
		hint: `cres status, then cres deploy ${instance} or cres start ${instance}`,
	});
