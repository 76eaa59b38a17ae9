import type { Adopted } from "./docker/adopt.ts";
import type { AdoptedContract } from "./vast/adopt.ts";

/** What was adopted, the roles that it plays and why, and the next command. */
export const renderAdopted = (result: Adopted | AdoptedContract): string => {
	const what = "contract" in result ? `contract ${result.contract}` : result.facts.platform;
	const why = "rolesReason" in result && result.rolesReason ? ` (${result.rolesReason}; --role chooses)` : "";
	return [
		`${result.instance} at ${result.endpoint} answers as ${result.fingerprint} (${what})`,
		`role: ${result.roles.join(", ")}${why}`,
		`next: cres deploy ${result.instance}`,
	].join("\n");
};
