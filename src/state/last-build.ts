import { join } from "node:path";
import { z } from "zod";
import type { Flavour } from "../contracts/build-info.ts";
import { digestSchema } from "../contracts/smoke.ts";
import { readDocument, writeDocument } from "./document.ts";

const lastBuildSchema = z.object({
	digest: digestSchema,
	buildId: z.string(),
	/** RFC 3339. */
	pushedAt: z.string(),
});
export type LastBuild = z.infer<typeof lastBuildSchema>;

const pathOf = (state: string, flavour: Flavour): string =>
	join(state, flavour === "cpu" ? "last-build.json" : `last-build-${flavour}.json`);

/** Remembers the app image of a flavour that was pushed last from this project: what `cres deploy` takes by default. */
export const rememberBuild = (state: string, flavour: Flavour, build: LastBuild): Promise<void> =>
	writeDocument(pathOf(state, flavour), build);

/**
 * Undefined when nothing of that flavour was pushed from here yet.
 * @throws UserError state_unreadable
 */
export const lastBuild = (state: string, flavour: Flavour): Promise<LastBuild | undefined> =>
	readDocument(
		pathOf(state, flavour),
		lastBuildSchema,
		`cres build all --push${flavour === "cpu" ? "" : ` --flavour ${flavour}`}`,
	);
