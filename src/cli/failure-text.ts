import type { FailureReport } from "../rollout/render.ts";
import { redact } from "../secrets/secret.ts";

/** In the form of every error, without secrets. */
export const failureText = (failures: readonly FailureReport[], before: readonly string[]): string =>
	redact(
		[
			...before,
			...failures.flatMap(({ message, hint, code }) => [
				`✖ ${message}`,
				...(hint === "" ? [] : [`  → ${hint}`]),
				`  code: ${code}`,
			]),
		].join("\n"),
	);
