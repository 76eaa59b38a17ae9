import { listed, placeIn, unique } from "../facts/found.ts";
import { mayMatch, queuesOf, type QueuePlace } from "../facts/queues.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS404",
	scope: "static",
	severity: "error",
	question: "Is every task queue that gets work polled, and every polled one given work?",
	why: "Work on a queue that nobody polls waits until its timeout; a worker on a queue that gets none looks healthy and does nothing.",
	example: '`start_workflow(…, task_queue="clips-queue")` while the workers poll `clips@cpu` and `clips@gpu`.',
	run(tree) {
		const all = queuesOf(tree);
		const [polls, dispatches] = [
			all.filter(({ how }) => how === "polls"),
			all.filter(({ how }) => how === "dispatches"),
		];
		const findings = [
			...against(dispatches, polls, "gets work and is polled nowhere"),
			...against(polls, dispatches, "is polled and gets no work", (value) => isInOptions(tree, value, all)),
		];
		return { looked: `${dispatches.length} places that send work, ${polls.length} that poll`, findings };
	},
} satisfies StaticCheck;

/** Nothing where the other side has a place that nobody can read. */
function against(
	own: readonly QueuePlace[],
	others: readonly QueuePlace[],
	what: string,
	isKnown: (value: string) => boolean = () => false,
): Found[] {
	if (others.length === 0 || others.some(({ values }) => values === undefined)) return [];
	const known = others.flatMap(({ values }) => values!);
	const lost = own.flatMap((one) =>
		(one.values ?? [])
			.filter((value) => value.replaceAll("*", "") !== "")
			.flatMap((value) => (known.some((other) => mayMatch(value, other)) || isKnown(value) ? [] : [{ ...one, value }])),
	);
	const byValue = [...Map.groupBy(lost, ({ value }) => value).entries()];
	const spot = (places: typeof lost): string =>
		unique(places)
			.map(({ file, line }) => `${file.path}:${line}`)
			.join();
	// The same places with several values of one name are one fault.
	return [...Map.groupBy(byValue, ([, places]) => spot(places)).values()].map((same) => {
		const places = same[0]![1];
		const names = same.map(([value]) => `"${value}"`).join(" or ");
		const [first, ...rest] = [...unique(places), ...unique(others)];
		return {
			message: `the task queue ${names} ${what}`,
			evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
			fix: {
				say: `write one of ${[...new Set(known)].join(", ")} in ${listed(unique(places))}, or give the other side this queue`,
			},
		};
	});
}

/** `OPTIONS = {"task_queue": "clips@gpu"}`, which a call is given whole. */
function isInOptions(tree: Tree, value: string, all: readonly QueuePlace[]): boolean {
	const pair = new RegExp(`\\btask_?queue["']?\\s*[:=]\\s*["'\`]${RegExp.escape(value)}["'\`]`, "gi");
	return tree
		.in("python", "javascript")
		.some(
			(file) =>
				standingOf(file.path) === "live" &&
				file.text.includes(value) &&
				file
					.matches(pair)
					.some(({ index }) => !all.some((one) => one.file === file && one.line === file.lineAt(index))),
		);
}
