import { editOf, listed, placeIn } from "../facts/found.ts";
import { BASE_NAME, queuesOf, SUFFIX, type QueuePlace } from "../facts/queues.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS401",
	scope: "static",
	severity: "error",
	question: "Does every task queue carry the class of its work, where the tree's queues do?",
	why: "Workers poll `<base>@cpu` and `<base>@gpu`; what is sent to `<base>` waits for ever.",
	example: '`task_queue="clips"` beside `"clips@cpu"`; write the queue with its class.',
	run(tree) {
		const all = queuesOf(tree);
		const classes = classesIn(all).length > 0 ? classesIn(all) : toldClasses(tree, all);
		const bare = classes.length === 0 ? [] : all.flatMap((one) => (isBare(one, all) ? [one] : []));
		return {
			looked: `${all.length} places that name a task queue`,
			findings: [
				...bare.map((one) => finding(one, classes, all)),
				...all.flatMap((one) => (bare.includes(one) ? [] : baseAlone(tree, one, all))),
			],
		};
	},
} satisfies StaticCheck;

function classesIn(all: readonly QueuePlace[]): string[] {
	const named = all.flatMap(({ values }) => (values ?? []).flatMap((value) => SUFFIX.exec(value)?.[1] ?? []));
	return [...new Set(named)].filter((one) => /^(?:[cgt]pu)$/i.test(one) || named.length > 1);
}

/** Of `clips@*`, whose class comes from elsewhere: the classes that documents and settings tell of. */
function toldClasses(tree: Tree, all: readonly QueuePlace[]): string[] {
	const bases = new Set(
		all.flatMap(({ values }) => (values ?? []).flatMap((one) => /^([\w.-]+)@\*$/.exec(one)?.[1] ?? [])),
	);
	const told = [...bases].flatMap((base) => {
		const named = new RegExp(`(?<![\\w@.-])${RegExp.escape(base)}@([a-z]\\w*)`, "g");
		return tree.files.flatMap(({ path, text }) =>
			text.includes(`${base}@`) && /^(?:docs|live)$/.test(standingOf(path))
				? [...text.matchAll(named)].map(([, one]) => one!)
				: [],
		);
	});
	return [...new Set(told)];
}

/** A literal name without a class; a base that something puts a class behind is none. */
function isBare({ values, how, by }: QueuePlace, all: readonly QueuePlace[]): boolean {
	if (
		values === undefined ||
		BASE_NAME.test(by) ||
		values.some((value) => value.includes("*") || value.includes("@") || value === "")
	)
		return false;
	if (how !== "names") return true;
	if (by === "--task-queue") return all.some((one) => one.values?.some((value) => value.startsWith(`${values[0]!}@`)));
	return (
		/^(?:[CGT]PU)_/.test(by) ||
		!all.some((one) => one.by !== by && one.values?.some((value) => value.startsWith(`${values[0]!}@`)))
	);
}

/** A command that names only the base of queues that code makes as `<base>-<class>`, and documents or code list by class. */
function baseAlone(tree: Tree, { values, by, file, line }: QueuePlace, all: readonly QueuePlace[]): Found[] {
	const [value] = values ?? [];
	if (by !== "--task-queue" || value === undefined || !/^[a-z][\w-]*$/.test(value)) return [];
	if (all.some((one) => one.by !== by && !BASE_NAME.test(one.by) && one.values?.includes(value))) return [];
	const base = RegExp.escape(value);
	const code = tree.in("python", "javascript").filter((one) => standingOf(one.path) === "live" && one.includes(value));
	const constants = code.flatMap((one) =>
		one
			.matches(new RegExp(`\\b([A-Z_]*(?:QUEUE|BASE|PREFIX)[A-Z_]*)\\s*=\\s*["'\`]${base}["'\`]`, "g"))
			.map(([, name]) => name!),
	);
	const heads = [`["'\`]${base}-\\$?\\{`, ...constants.map((name) => `\\{${name}\\}-\\$?\\{`)];
	const made = code.find((one) => one.has(new RegExp(heads.join("|"))));
	const named = new RegExp(`(?<![\\w@.-])${base}-([a-z]+)(?![\\w-])`, "g");
	const classes = new Set(
		tree.files.flatMap((one) =>
			one.includes(`${value}-`) && /^(?:docs|live)$/.test(standingOf(one.path))
				? one.matches(named).map(([, name]) => name!)
				: [],
		),
	);
	if (made === undefined || classes.size < 2) return [];
	const names = [...classes].map((name) => `${value}-${name}`);
	const at = made.lines.findIndex((text) => new RegExp(heads.join("|")).test(text));
	return [
		{
			message: `the task queue "${value}" has no class: the tree's queues are ${names.join(", ")}`,
			evidence: [placeIn(file, line), placeIn(made, at + 1)],
			fix: { say: `write ${names.join(" or ")} in ${file.path}:${line}` },
		},
	];
}

function finding(one: QueuePlace, classes: readonly string[], all: readonly QueuePlace[]): Found {
	const [value] = one.values as readonly [string];
	const others = all.filter(({ values }) => values?.some((other) => SUFFIX.test(other))).slice(0, 3);
	const meant = classes.find((name) =>
		new RegExp(`(?:^|[^a-z])${name}(?:[^a-z]|$)`, "i").test(`${one.by} ${one.work} ${one.block}`.replaceAll("_", " ")),
	);
	const right = meant === undefined ? classes.map((name) => `${value}@${name}`).join(" or ") : `${value}@${meant}`;
	return {
		message: `the task queue "${value}" has no class: the tree's queues end in ${classes.map((name) => `@${name}`).join(", ")}`,
		evidence: [placeIn(one.file, one.line), ...others.map(({ file, line }) => placeIn(file, line))],
		fix: {
			say: `write ${right} in ${listed([one])}`,
			...(meant === undefined ? {} : editOf(one.file, one.line, value, right)),
		},
	};
}
