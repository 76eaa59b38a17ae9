import { fail, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

const NEEDED = "write:packages";
const FINE_GRAINED = "github_pat_";
const FIX = `make a classic token with ${NEEDED} and put it into .env as REGISTRY_PASSWORD`;

/** On GHCR the password is a GitHub token: may it push packages? */
export function githubChecks({ config, tokenScopes }: DoctorPorts): Check[] {
	const token = config.secret("REGISTRY_PASSWORD");
	if (config.registry.push.address !== "ghcr.io" || !token) return [];
	const run: Check["run"] = async (signal) => {
		// https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry
		if (token.reveal().startsWith(FINE_GRAINED))
			return fail(`is a fine-grained one (${FINE_GRAINED}…), and ghcr.io takes classic ones only`, FIX);
		const scopes = await tokenScopes(token, signal);
		if (!scopes) return ok("valid; GitHub lists no scopes for this kind of token");
		return scopes.includes(NEEDED) ? ok(`has ${NEEDED}`) : fail(`has ${scopes.join(", ") || "no scope"}`, FIX);
	};
	return [{ name: "GitHub token", fix: FIX, run }];
}
