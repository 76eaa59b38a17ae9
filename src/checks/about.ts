import type { Named, RuntimeCheck } from "./triage-check.ts";
import type { Told } from "./explain.ts";

/** What a check says about itself, without what it does. */
export const aboutOf = ({ id, code, scope, severity, question, why, example }: Named<RuntimeCheck>): Told => ({
	...{ id, code, scope, severity, question, why, example },
});
