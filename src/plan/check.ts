import { z } from "zod";
import { parseTaskQueue } from "../contracts/queues.ts";

const MOST_FILES = 50;
const MOST_TEXT = 1_000;

/** Whether a path stays below the project's directory as it is written: relative, with `/`, without `..`. */
const isInside = (path: string): boolean =>
	!/^[/~]|[\\\p{Cc}]|^[A-Za-z]:/u.test(path) && !path.split("/").includes("..");

const path = z
	.string()
	.min(1)
	.max(500)
	.refine(isInside, "is no path below the project's directory: relative, with /, without ..");
const pattern = z.string().min(1).max(MOST_TEXT);

function compiles(source: string): boolean {
	try {
		return new RegExp(source) instanceof RegExp;
	} catch {
		return false;
	}
}

/** An address as it is asked: nothing in it may be a credential. */
function isOpenUrl(text: string): boolean {
	const url = URL.parse(text);
	return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

const expect = z.enum(["present", "absent"]).default("present");
const files = z.array(path).min(1).max(MOST_FILES);

/** What can be checked without a shell. Paths are below the project's directory; a folder stands for the files in it. */
export const checkSchema = z.discriminatedUnion("kind", [
	/** A literal text: in each of the files, or in none. */
	z.strictObject({ kind: z.literal("text"), files, pattern, expect }),
	/** A regular expression of JavaScript, line by line. */
	z.strictObject({
		...{ kind: z.literal("regex"), files, expect },
		pattern: pattern.refine(compiles, "is no regular expression"),
	}),
	z.strictObject({ kind: z.literal("file"), path, expect }),
	z.strictObject({ kind: z.literal("mode"), path, mode: z.string().regex(/^0[0-7]{3}$/, "is no mode such as 0755") }),
	z.strictObject({ kind: z.literal("yaml"), files }),
	z.strictObject({
		kind: z.literal("http"),
		url: z.string().max(MOST_TEXT).refine(isOpenUrl, "is no http address without a credential"),
		status: z.int().min(100).max(599),
	}),
	z.strictObject({
		kind: z.literal("poller"),
		queue: z
			.string()
			.max(200)
			.refine((name) => parseTaskQueue(name) !== undefined, "is no task queue: it ends in @cpu or @gpu"),
	}),
]);
export type Check = z.infer<typeof checkSchema>;

/** How a check ended when its entry was written. */
export type Recorded = "passed" | "failed" | "not verified";

/** A check as it stands in the document. */
export interface RecordedCheck {
	line: number;
	check: Check;
	/** Undefined: nobody has run it. */
	outcome?: Recorded;
	/** What was seen. */
	observed?: string;
}
