import { redact } from "../secrets/secret.ts";

/** What went wrong although the command has a result. */
export interface ToldFailure {
	message: string;
	/** Empty where there is nothing to do. */
	hint: string;
	code: string;
}

/** In the form of every error, without secrets. */
export const failureText = (failures: readonly ToldFailure[], before: readonly string[]): string =>
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
