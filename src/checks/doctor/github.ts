import { fail, ok, type Check } from "../check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

const NEEDED = "write:packages";
const FIX = `make a token with ${NEEDED} and put it into .env as REGISTRY_PASSWORD`;

/** On GHCR the password is a GitHub token: may it push packages? */
export function githubChecks({ config, tokenScopes }: DoctorPorts): Check[] {
	const token = config.secret("REGISTRY_PASSWORD");
	if (config.registry.push.address !== "ghcr.io" || !token) return [];
	return [
		{
			name: "GitHub token",
			fix: FIX,
			run: async (signal) => {
				const scopes = await tokenScopes(token, signal);
				if (!scopes) return ok("valid; GitHub lists no scopes for this kind of token");
				return scopes.includes(NEEDED) ? ok(`has ${NEEDED}`) : fail(`has ${scopes.join(", ") || "no scope"}`, FIX);
			},
		},
	];
}
