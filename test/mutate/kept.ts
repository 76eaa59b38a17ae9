import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Mutant } from "./instrument.ts";
import type { Tried } from "./task.ts";

/** What a run noticed: the mutant, by its file's text and place, → the test file and its text. */
type Kept = Record<string, { file: string; text: string }>;

const digests = new Map<string, string>();

/** Of a file's text; empty where there is no such file. */
function digestOf(file: string): string {
	if (!digests.has(file))
		digests.set(file, existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "");
	return digests.get(file)!;
}

const keyOf = ({ fileName, location, replacement }: Mutant): string =>
	createHash("sha256")
		.update(JSON.stringify([fileName, digestOf(fileName), location, replacement]))
		.digest("hex");

const read = (path: string): Kept => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Kept) : {});

/** Ids of the mutants that the run before noticed, in a file and by a test file that are the same today. */
export function keptOf(path: string, mutants: readonly Mutant[]): Set<string> {
	const kept = read(path);
	const isSame = (mutant: Mutant): boolean => {
		const one = kept[keyOf(mutant)];
		return one !== undefined && digestOf(one.file) === one.text;
	};
	return new Set(mutants.filter(isSame).map(({ id }) => id));
}

/** Adds what was noticed by `verdicts`, by the id of its mutant. */
export function keep(path: string, mutants: readonly Mutant[], verdicts: ReadonlyMap<string, Tried>): void {
	const kept = read(path);
	for (const mutant of mutants) {
		const { verdict, file } = verdicts.get(mutant.id) ?? {};
		if (verdict !== "killed" || file === undefined) continue;
		kept[keyOf(mutant)] = { file, text: digestOf(file) };
	}
	writeFileSync(path, JSON.stringify(kept));
}
