import { expect, test } from "vitest";
import { loadChecks } from "../../../src/checks/registry.ts";
import { runStatic } from "../../../src/checks/run-static.ts";
import { corpus } from "../../support/triage-corpus.ts";

const checks = await loadChecks();
const trees = corpus();
const signal = new AbortController().signal;

/** Check and `path:line` of the first evidence of each finding of some checks. */
async function foundIn({ tree }: Pick<(typeof trees)[number], "tree">, by: typeof checks) {
	const results = await runStatic(by, tree, { signal });
	return results.flatMap(({ check, outcome }) =>
		outcome.findings.map(({ evidence: [first] }) => ({
			check: check.id,
			place: "path" in first ? `${first.path}:${first.line}` : first.host,
		})),
	);
}

test.for(trees.filter(({ healthy }) => !healthy))("$name: exactly the expected findings", async (one) => {
	const own = await foundIn(
		one,
		checks.filter(({ id }) => id === one.check),
	);

	expect(own.map(({ place }) => place).toSorted()).toEqual(one.expected);
	expect(one.expected).not.toEqual([]);
});

test.for(trees.filter(({ healthy }) => healthy))("$name: no finding of any check", async (one) => {
	expect(await foundIn(one, checks)).toEqual([]);
});

/** Those that run programs of others are tested in test/checks/linters.test.ts. */
const ours = checks.filter(({ id }) => !id.startsWith("lint-"));

test.for(ours.map(({ id }) => id))("%s has two faulty trees and a healthy one", (id) => {
	const own = trees.filter(({ check }) => check === id);

	expect(own.filter(({ healthy }) => !healthy).length).toBeGreaterThanOrEqual(2);
	expect(own.some(({ healthy }) => healthy)).toBe(true);
});
