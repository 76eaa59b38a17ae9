import { z } from "zod";
import type { RUNTIME_ENV } from "./runtime-env.ts";

/** How people write that something is on or off; the case of letters does not count. */
export const FLAG_WORDS = { on: ["1", "true", "yes", "on"], off: ["0", "false", "no", "off", ""] } as const;

/** What a flag may be, as texts for people say it. */
export const FLAG_FORM = "1, true, yes or on; 0, false, no or off";

/** The one grammar of every flag that is written as text. */
export const flagSchema = z.stringbool({
	truthy: [...FLAG_WORDS.on],
	falsy: [...FLAG_WORDS.off],
	error: FLAG_FORM,
});

/** Undefined for what is neither on nor off. An empty text is off. */
export const parseFlag = (text: string): boolean | undefined => flagSchema.safeParse(text).data;

type Variables = typeof RUNTIME_ENV;
/** Variables of the images that are flags. */
export type FlagName = {
	[Name in keyof Variables]: Variables[Name] extends { flag: true } ? Name : never;
}[keyof Variables];
