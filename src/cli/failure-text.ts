import type { FailureReport } from "../errors/failure-report.ts";
import { leaving } from "../secrets/leaving.ts";

/** In the form of every error, without secrets and control characters. */
export const failureText = (failures: readonly FailureReport[], before: readonly string[]): string =>
	leaving(
		[
			...before,
			...failures.flatMap(({ message, hint, code }) => [
				`✖ ${message}`,
				...(hint === "" ? [] : [`  → ${hint}`]),
				`  code: ${code}`,
			]),
		].join("\n"),
	);
