import ms, { type StringValue } from "ms";
import { z } from "zod";

/** `30s`, `10m`, … → milliseconds. */
export const duration = z
	.string()
	.regex(/^\d+(ms|s|m|h)$/, "a duration such as 30s or 10m")
	.transform((text) => ms(text as StringValue));

/** `12h`, `30d`, … → milliseconds. */
export const age = z
	.string()
	.regex(/^\d+(m|h|d)$/, "an age such as 12h or 30d")
	.transform((text) => ms(text as StringValue));
