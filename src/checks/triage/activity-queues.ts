import { textNamed } from "../facts/named-texts.ts";
import { temporalIn } from "../facts/temporal.ts";
import { sentIn, type Sent } from "../facts/temporal-sent.ts";
import { classOf, workersIn, type Worker } from "../facts/temporal-workers.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS390",
	scope: "static",
	severity: "error",
	question: "Is every activity of Temporal scheduled on a queue whose worker registers it?",
	why: "The worker of that queue gets the task and refuses it, attempt after attempt, until the workflow's time is over.",
	example: "`extract_audio` goes to the gpu queue, and only the worker of the cpu queue registers it.",
	run(tree) {
		const files = temporalIn(tree).files.filter(({ path }) => standingOf(path) === "live");
		const called = callingNames(tree);
		const sent = files.flatMap(sentIn).map((one) => ({ ...one, name: called(one.name) }));
		const classes = new Set(["cpu", "gpu", ...sent.flatMap(({ queue }) => classOf(queue ?? "") ?? [])]);
		const workers = files
			.flatMap((file) => workersIn(tree, file, classes))
			.map((one) => ({ ...one, activities: one.activities?.map(called) }));
		const findings = [...judged(sent, workers), ...atHome(sent, workers)];
		return { looked: `${sent.length} activities, ${workers.length} workers`, findings };
	},
} satisfies StaticCheck;

/** What Temporal calls an activity by: the text of a constant, the name that a function is given. */
function callingNames(tree: Tree): (word: string) => string {
	const given = new Map(
		temporalIn(tree).defined.flatMap(({ kind, name, file, at }): [string, string][] =>
			kind === "activity" ? [[/^\w+/.exec(file.text.slice(at))?.[0] ?? name, name]] : [],
		),
	);
	return (word) => textNamed(tree, word) ?? given.get(word) ?? word;
}

function judged(sent: readonly Sent[], workers: readonly Worker[]): Found[] {
	if (
		workers.some(({ activities, queue }) => activities === undefined || (queue === undefined && activities.length > 0))
	)
		return [];
	return sent.flatMap(({ name, queue, file, at }): Found[] => {
		const word = classOf(queue ?? "");
		if (word === undefined) return [];
		const own = workers.filter((one) => one.queue === word);
		const others = workers.filter((one) => one.queue !== word && one.activities!.includes(name));
		if (own.length === 0 || others.length === 0 || own.some((one) => one.activities!.includes(name))) return [];
		return [
			{
				message: `${name} is scheduled on the ${word} queue, and only the worker of the ${others.map((one) => one.queue!).join(" and ")} queue registers it`,
				evidence: [file.placeAt(at), ...placesOf([...own, ...others])],
				fix: {
					say: `schedule ${name} on the ${others[0]!.queue!} queue, or register it with the worker of the ${word} queue`,
				},
			},
		];
	});
}

/** Where workers are made; one statement may make several. */
const placesOf = (workers: readonly Worker[]): FilePlace[] =>
	[...Map.groupBy(workers, ({ file, at }) => `${file.path}:${at}`).values()].map(([one]) => one!.file.placeAt(one!.at));

/** Without a queue an activity goes to that of its workflow: whose worker has others, or listens elsewhere. */
function atHome(sent: readonly Sent[], workers: readonly Worker[]): Found[] {
	const homes = workers.filter(({ hosts }) => hosts);
	if (homes.length === 0 || workers.some(({ activities }) => activities === undefined)) return [];
	return sent.flatMap(({ name, queue, file, at }): Found[] => {
		const others = workers.filter(({ activities }) => activities!.includes(name));
		const apart = homes.every(
			(home) => home.activities!.length > 0 || others.every((one) => isLiteralApart(home.queueText, one.queueText)),
		);
		if (queue !== undefined || others.length === 0 || others.some(({ hosts }) => hosts) || !apart) return [];
		return [
			{
				message: `${name} is scheduled on the workflow's own queue, and the worker that runs workflows does not register it`,
				evidence: [file.placeAt(at), ...placesOf([...homes, ...others])],
				fix: { say: `give ${name} the task queue of the worker that registers it` },
			},
		];
	});
}

const isLiteralApart = (one: string, other: string): boolean =>
	one !== other && [one, other].every((text) => /^["'`][\w@.:/-]+["'`]$/.test(text));
