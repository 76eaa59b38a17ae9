import { RUNTIME_ENV, type RuntimeVariable } from "../../contracts/runtime-env.ts";
import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

const VARIABLES: Readonly<Record<string, RuntimeVariable>> = RUNTIME_ENV;
const REQUIRED = Object.keys(VARIABLES).filter((name) => VARIABLES[name]!.required);
/** The other name of a key, which does as well. */
const ALIAS: Readonly<Record<string, string>> = {
	MINIO_ACCESS_KEY: "AWS_ACCESS_KEY_ID",
	MINIO_SECRET_KEY: "AWS_SECRET_ACCESS_KEY",
};

export default {
	code: "TR134",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Did the settings reach the container and its workers?",
	why: "A misspelt, missing or old value fails far from where it was set: refused keys, loopback addresses, jobs that retry for ever.",
	example: "MINIO_SECRET_KEY is set in the container but not in its worker → it was started from a login: cres restart",
	run: ({ instance: { name }, inside }) =>
		inSection(inside, "environment", ({ names, worker, odd, disagree }) => {
			const has = (set: readonly string[], one: string): boolean =>
				set.includes(one) || (ALIAS[one] !== undefined && set.includes(ALIAS[one]));
			const missing = REQUIRED.filter((one) => !has(names, one));
			const lost = worker === null ? [] : REQUIRED.filter((one) => has(names, one) && !has(worker, one));
			const findings: Found[] = [
				...missing.map((one) => ({
					message: `${one} is not set in the container of ${name}${lookAlike(one, names)}`,
					evidence: [said(name, `process 1 has no ${one}`, "environment")] as const,
					fix: { say: `set it in cres.yaml or .env, then cres deploy ${name}` },
				})),
				...lost.map((one) => ({
					message: `${one} is set in the container of ${name}, but not in its worker`,
					evidence: [said(name, `the worker's process has no ${one}`, "environment")] as const,
					fix: { say: `cres restart ${name}: its programs were started without the container's environment` },
				})),
				...odd.map(({ name: one, what }) => ({
					message: `${one} of ${name} ${what}`,
					evidence: [said(name, `the value of ${one} ${what}`, "environment")] as const,
					fix: { say: `correct ${one} in cres.yaml or .env, then cres deploy ${name}` },
					severity: "warning" as const,
				})),
				...disagree.map((pair) => ({
					message: `${pair.join(" and ")} of ${name} have different values: which one counts depends on the program`,
					evidence: [said(name, `${pair.join(" ≠ ")}`, "environment")] as const,
					fix: { say: `keep ${pair[0]} alone, then cres deploy ${name}` },
					severity: "warning" as const,
				})),
			];
			return outcome(`${names.length} names of the container's environment`, findings);
		}),
} satisfies InsideCheck;

/** A name that differs by a letter or two is a misspelling. */
function lookAlike(wanted: string, names: readonly string[]): string {
	const near = names.find((name) => !Object.hasOwn(VARIABLES, name) && distance(name, wanted) <= 2);
	return near === undefined ? "" : `; ${near} is, which nothing reads`;
}

function distance(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > 2) return 3;
	let row = Array.from({ length: b.length + 1 }, (_, at) => at);
	for (const [i, letter] of Array.from(a).entries())
		row = row.reduce<number[]>(
			(next, above, j) => [
				...next,
				j === 0 ? i + 1 : Math.min(above + 1, next[j - 1]! + 1, row[j - 1]! + (letter === b[j - 1] ? 0 : 1)),
			],
			[],
		);
	return row.at(-1)!;
}
