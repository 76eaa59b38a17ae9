import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { wording } from "./wording.ts";

/** One small change of the code. Lines from 0, as Stryker counts them. */
export interface Mutant {
	id: string;
	/** Below the repository root. */
	fileName: string;
	location: { start: { line: number; column: number }; end: { line: number; column: number } };
	replacement: string;
}

const quiet = () => {};
const logger = {
	isTraceEnabled: () => false,
	isDebugEnabled: () => false,
	isInfoEnabled: () => false,
	isWarnEnabled: () => false,
	isErrorEnabled: () => false,
	isFatalEnabled: () => false,
	...{ trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet },
};

/**
 * Writes each file of `folder` to `into`, under its own path, with all of its mutants behind a switch: the program is
 * itself until `globalThis.__stryker__.activeMutant` names one. Gives the mutants, but those of wording.
 */
export async function instrument(folder: string, into: string): Promise<Mutant[]> {
	const files = globSync(`${folder}/**/*.ts`)
		.toSorted()
		.map((name) => ({ name, content: readFileSync(name, "utf8"), mutate: true }));
	const options = { ignorers: [wording], excludedMutations: [], plugins: null };
	const made = await new Instrumenter(logger).instrument(files, options);
	for (const { name, content } of made.files) {
		mkdirSync(dirname(join(into, name)), { recursive: true });
		writeFileSync(join(into, name), content);
	}
	return made.mutants
		.filter(({ status }) => status === undefined)
		.map(({ id, fileName, location, replacement }) => ({ id, fileName, location, replacement }));
}
