import { UserError } from "../errors/errors.ts";

export const nothingDeployed = (instance: string) =>
	new UserError("nothing_deployed", `${instance} has no container of cres`, { hint: `cres deploy ${instance}` });

export const nothingRuns = (instance: string) =>
	new UserError("nothing_runs", `no container of cres runs on ${instance}`, {
		hint: `cres status, then cres deploy ${instance} or cres start ${instance}`,
	});
