import { UserError, codeOf, messageOf } from "../../errors/errors.ts";
import { asUserError } from "../../errors/as-user-error.ts";
import type { Failure } from "./facts.ts";
import { redact } from "../../secrets/secret.ts";

const LONGEST = 2_000;

/** Why a question was not answered, as a fact. */
export function failureOf(error: unknown): Failure {
	const known = asUserError(error);
	const code = known?.code ?? (codeOf(error) === "ETIMEDOUT" ? "no_answer" : "failed");
	const message = redact(error instanceof UserError ? error.message : messageOf(error)).slice(0, LONGEST);
	return { code, message, hint: known?.hint === undefined ? null : redact(known.hint).slice(0, LONGEST) };
}
