import { redact } from "../secrets/secret.ts";

/** What went wrong although the command has a result. */
export interface ToldFailure {
	message: string;
	/** Empty where there is nothing to do. */
	hint: string;
	code: string;
}

/** Says on stderr what failed, if anything; `before` are lines of evidence. True when it did. */
export async function tellFailures(failures: readonly ToldFailure[], before: readonly string[] = []): Promise<boolean> {
	if (failures.length === 0) return false;
	const { stderr } = process;
	const paint = stderr.isTTY ? (await import("./paint.ts")).painterFor(stderr) : (plain: string) => plain;
	stderr.write(`${paint(failureText(failures, before))}\n`);
	return true;
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
