import { ApplicationFailure } from "@temporalio/common";
import { z } from "zod";
import { FAILURES, type FailureType } from "../../src/contracts/task-names.ts";

/** Another attempt cannot end differently. */
export const final = (type: FailureType, message: string): ApplicationFailure =>
	ApplicationFailure.nonRetryable(message, type);

/** Another attempt may end well. */
export const passing = (type: FailureType, message: string, cause?: unknown): ApplicationFailure =>
	ApplicationFailure.create({ type, message, ...(cause instanceof Error ? { cause } : {}) });

/** The input in its checked form. @throws ApplicationFailure InvalidInput, final */
export function checked<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
	const parsed = schema.safeParse(input);
	if (parsed.success) return parsed.data;
	throw final(FAILURES.input, z.prettifyError(parsed.error));
}

const FULL = /ENOSPC|No space left on device/i;

/** A full disk as DiskFull, whoever tells of it; any other error as it is. */
export function orDiskFull(error: unknown): unknown {
	if (error instanceof ApplicationFailure) return error;
	const { code, message } = error as { code?: unknown; message?: unknown };
	return code === "ENOSPC" || FULL.test(String(message)) ? diskFull(String(message)) : error;
}

/** True for what a program or the system says of a full disk. */
export const isDiskFull = (text: string): boolean => FULL.test(text);

/** A full disk as a failure that a later attempt may not meet. */
export const diskFull = (message: string): ApplicationFailure => passing(FAILURES.disk, message);
