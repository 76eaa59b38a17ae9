import { stageOf } from "../facts/addresses.ts";
import { envOf } from "../facts/env.ts";
import { editOf, listed, unique, weigh, type Side } from "../facts/found.ts";
import { queuesOf, SUFFIX } from "../facts/queues.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS405",
	scope: "static",
	severity: "error",
	question: "Has every task queue one name in code, settings, scripts and workflows?",
	why: "Typed separately in four places, the names drift: a worker polls another project's queue, and a test passes on one that production does not use.",
	example: "`BASE_TASK_QUEUE` is `clips` in the code and `clips-ci` in the process manager; write it once.",
	run(tree) {
		const named = envOf(tree).flatMap(({ name, value, file, line, block, comment }): (Side & { name: string })[] => {
			const counts = standingOf(file.path) === "live" || isEnvExample(file.path);
			const queue = /(?:^|_)QUEUE(?:_(?:NAME|BASE|PREFIX))?$/.test(name);
			return queue && counts && !comment && value !== undefined && value !== ""
				? [{ name: `${name} ${stageOf(file, block)}`, value, file, line }]
				: [];
		});
		const findings = [...Map.groupBy(named, ({ name }) => name)].flatMap(([name, sides]) =>
			isApart(sides) ? [] : disagreement(name.split(" ")[0]!, sides),
		);
		return {
			looked: `${queuesOf(tree).length} places that name a task queue`,
			findings: findings.length > 0 ? findings : bases(queuesOf(tree)),
		};
	},
} satisfies StaticCheck;

function disagreement(name: string, all: readonly Side[]): Found[] {
	const values = new Set(all.map(({ value }) => value));
	const classes = new Set([...values].map((value) => SUFFIX.exec(value)?.[1]));
	if (values.size < 2 || (classes.size > 1 && !classes.has(undefined))) return [];
	const { odd, wanted, evidence } = weigh(unique(all));
	return [
		{
			message: `${name} has ${values.size} values: ${[...values].map((value) => `"${value}"`).join(", ")}`,
			evidence,
			fix: {
				say: `write ${wanted} for ${odd.value} in ${listed([odd])}`,
				...editOf(odd.file, odd.line, odd.value, wanted),
			},
		},
	];
}

/** One base is written at many places and another one at one. */
function bases(all: ReturnType<typeof queuesOf>): Found[] {
	const sides = all.flatMap(({ values, file, line }): (Side & { whole: string })[] => {
		const [value, ...more] = values ?? [];
		const base =
			value === undefined || more.length > 0 || value.includes("*") || stageOf(file) === "ci"
				? undefined
				: /^(.+)@\w+$/.exec(value)?.[1];
		return base === undefined ? [] : [{ value: base, whole: value!, file, line }];
	});
	const groups = [...Map.groupBy(unique(sides), ({ value }) => value).values()].toSorted((a, b) => b.length - a.length);
	const [most, ...rest] = groups;
	if (!most || rest.length !== 1 || rest[0]!.length > 1 || most.length < 2) return [];
	const classOf = (side: { whole: string } | undefined): string => side?.whole.split("@").at(-1) ?? "";
	if (!most.some((one) => classOf(one) === classOf(rest[0]![0]))) return [];
	return disagreement("the base of the task queues", [...most, ...rest[0]!]);
}

/** One file gives the name several values: they are several things. */
const isApart = (all: readonly Side[]): boolean =>
	[...Map.groupBy(all, ({ file }) => file.path).values()].some(
		(own) => new Set(own.map(({ value }) => value)).size > 1,
	);
