import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tree } from "../../src/checks/tree/tree.ts";
import { treeOf } from "./tree.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/triage");

/** A tree of test/fixtures/triage, with what must be found in it. */
export interface CorpusTree {
	/** The check that it is for; the folder's name. */
	check: string;
	/** `<check>/<file>` */
	name: string;
	healthy: boolean;
	/** `path:line` of the first evidence of each expected finding, sorted. */
	expected: readonly string[];
	tree: Tree;
}

/**
 * Every tree of the corpus. One file is one tree, in the form of Go's txtar: `-- path --` begins a file. Above the first
 * one stand `expect: path:line`, once for each finding of the folder's check, and what happened. `\r` at the end of a
 * line stands for a carriage return; a path that ends in `*` can be executed.
 */
export const corpus = (): CorpusTree[] =>
	readdirSync(FOLDER).flatMap((check) =>
		readdirSync(join(FOLDER, check))
			.filter((name) => name.endsWith(".txtar"))
			.map((name) => treeIn(check, name)),
	);

function treeIn(check: string, name: string): CorpusTree {
	const text = readFileSync(join(FOLDER, check, name), "utf8");
	const [head = "", ...parts] = text.split(/^-- (?=.+ --$)/m);
	const files = parts.map((part): [string, string] => {
		const [, path, body] = /^(.+?) --\n(.*)$/s.exec(part)!;
		return [path!, body!.replaceAll(/\\r$/gm, "\r")];
	});
	const expected = [...head.matchAll(/^expect: (\S+)$/gm)].map(([, place]) => place!).toSorted();
	return {
		check,
		name: `${check}/${name}`,
		healthy: name.startsWith("healthy"),
		expected,
		tree: treeOf(Object.fromEntries(files)),
	};
}
