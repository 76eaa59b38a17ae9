import ms, { type StringValue } from "ms";
import { z } from "zod";

const DURATION = "a duration such as 30s or 10m";
const AGE = "an age such as 12h or 30d";

/** `30s`, `10m`, … → milliseconds. */
export const duration = z
	.string(DURATION)
	.regex(/^\d+(ms|s|m|h)$/, DURATION)
	.transform((text) => ms(text as StringValue));

/** `12h`, `30d`, … → milliseconds. */
export const age = z
	.string(AGE)
	.regex(/^\d+(m|h|d)$/, AGE)
	.transform((text) => ms(text as StringValue));
