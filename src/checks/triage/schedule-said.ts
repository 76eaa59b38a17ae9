import { posix } from "node:path";
import { cronLines } from "../data/crontabs.ts";
import { contradiction, whenOfCron, whenSaid, type When } from "../data/schedule-words.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { workflowsOf } from "../workflows/model.ts";

export default {
	code: "TS448",
	scope: "static",
	severity: "warning",
	question: "Does every schedule run when its comment and the documents say?",
	why: "A job that cleans up before another one runs after it; a backup is looked for on the wrong day.",
	example: '`- cron: "30 3 * * 1"`, and the document says every Sunday at 03:30: write 0 for Sunday.',
	run(tree) {
		const schedules = [...crons(tree), ...tasks(tree)];
		const documents =
			schedules.length === 0 ? [] : tree.in("markdown").filter(({ path }) => standingOf(path) === "docs");
		return {
			looked: `${schedules.length} schedules`,
			findings: schedules.flatMap((one) => [
				...beside(one),
				...documents.flatMap((file) => inDocument(file, one, schedules)),
			]),
		};
	},
} satisfies StaticCheck;

interface Schedule {
	runs: When;
	text: string;
	/** Names that a document calls it by: its workflow's file, its script. */
	names: readonly string[];
	/** GitHub and Kubernetes run it in UTC. */
	zone: boolean;
	file: SourceFile;
	line: number;
}

function crons(tree: Tree): Schedule[] {
	const workflows = workflowsOf(tree).flatMap(({ on, file, root }) => {
		const title = root.get("name");
		const list = (on.get("schedule")?.list ?? []).flatMap((part) => part.get("cron") ?? []);
		// Of several nobody knows which one is meant.
		return list.flatMap((part) =>
			made(part.text ?? "", list.length === 1 ? namesOf(file, title?.text) : [], true, file, part.line),
		);
	});
	const jobs = clusterOf(tree).manifests.flatMap(({ kind, broken, root, file }) => {
		const part = kind === "CronJob" && !broken ? root.get("spec", "schedule") : undefined;
		const name = root.get("metadata", "name")?.text;
		const names = name === undefined || isComputed(name) ? [] : [`\`${name}\``];
		return part === undefined ? [] : made(part.text ?? "", names, true, file, part.line);
	});
	const lines = cronLines(tree).flatMap(({ file, line, schedule, rest }) => {
		const scripts = [...rest.matchAll(/[\w-]+\.(?:sh|py|js|ps1)\b/g)].map(([name]) => name);
		return made(schedule, scripts, false, file, line);
	});
	return [...workflows, ...jobs, ...lines];
}

/** Its file, `nightly` of nightly.yml, and a title of several words. */
function namesOf({ path }: SourceFile, title = ""): string[] {
	const base = posix.basename(path);
	const words = [base.replace(/\.ya?ml$/, ""), title].filter((one) => one !== "");
	return [...new Set([base, ...words.map((one) => `\`${one}\``), ...(/\w\W+\w/.test(title) ? [title] : [])])];
}

const made = (text: string, names: readonly string[], zone: boolean, file: SourceFile, line: number): Schedule[] => {
	const runs = whenOfCron(text);
	return runs === undefined ? [] : [{ runs, text, names, zone, file, line }];
};

/** `New-ScheduledTaskTrigger -Weekly -DaysOfWeek Sunday -At 3am` on the line that names the script. */
const tasks = (tree: Tree): Schedule[] =>
	tree.in("powershell").flatMap((file) =>
		standingOf(file.path) !== "live" || !file.includes("New-ScheduledTaskTrigger")
			? []
			: file.lines.flatMap((text, index): Schedule[] => {
					const [, options] = /New-ScheduledTaskTrigger\b([^)|;]*)/.exec(text) ?? [];
					const own = scriptsIn(text);
					const names = own.length > 0 ? own : scriptsNear(file, text);
					if (options === undefined || names.length !== 1 || /\$/.test(options) || !/-Daily|-Weekly/i.test(options))
						return [];
					const runs = whenSaid(
						options
							.replaceAll(/["',]/g, " ")
							.replace(/-Daily/i, "daily")
							.replace(/-At/i, "at"),
					);
					return runs === undefined ? [] : [{ runs, text: options.trim(), names, zone: false, file, line: index + 1 }];
				}),
	);

const scriptsIn = (text: string): string[] => [
	...new Set([...text.matchAll(/[\w-]+\.(?:ps1|py|cmd|bat)\b/g)].map(([name]) => name)),
];

/** Of the action that the line names, `-Action $a`; or of the file, where it has one trigger and one script. */
function scriptsNear({ text, lines }: SourceFile, line: string): string[] {
	const action = /-Action\s+\$(\w+)/i.exec(line)?.[1];
	const at = action === undefined ? -1 : lines.findIndex((one) => new RegExp(`^\\s*\\$${action}\\s*=`, "i").test(one));
	if (at !== -1) return scriptsIn(lines.slice(at, at + 3).join(" "));
	return text.split("New-ScheduledTaskTrigger").length === 2 ? scriptsIn(text) : [];
}

/** A comment behind the schedule, or right above it. */
function beside(one: Schedule): Found[] {
	const { file, line } = one;
	const own = /(?<=\s)#\s*(.+)$/.exec(file.lines[line - 1] ?? "")?.[1];
	const above = /^\s*#\s*(.+)$/.exec(file.lines[line - 2] ?? "")?.[1];
	const said = own ?? above;
	return said === undefined || said.includes("* *")
		? []
		: against(one, said, file, own === undefined ? line - 1 : line);
}

function inDocument(file: SourceFile, one: Schedule, all: readonly Schedule[]): Found[] {
	const { lines } = file;
	if (!one.names.some((name) => file.text.includes(name))) return [];
	return lines.flatMap((line, index): Found[] => {
		const name = one.names.find((each) => line.includes(each) && (!each.startsWith("`") || isOfJobs(lines, index)));
		if (name === undefined || line.length > 600) return [];
		const row = /^\s*\|/.test(line);
		const head = row || !runsOn(lines, index - 1) ? "" : `${lines[index - 1]!} `;
		const text = `${head}${line}${row || !runsOn(lines, index) ? "" : ` ${lines[index + 1]!}`}`;
		// Several schedules in one sentence, or with one script, are told apart by nobody.
		if (all.some((other) => other !== one && other.names.some((each) => text.includes(each)))) return [];
		const at = head.length + line.indexOf(name);
		const behind = text.slice(at + name.length).split(/[,;.](?=\s|$)|\s\(|[—–]/)[0] ?? "";
		const before =
			text
				.slice(0, at)
				.split(/[,;.](?=\s)|[—–]/)
				.at(-1) ?? "";
		const clause = row ? text : whenSaid(behind) === undefined ? before : behind;
		return against(one, clause, file, index + 1);
	});
}

/** Whether what stands in backticks may be a workflow: the text speaks of such things. */
const isOfJobs = (lines: readonly string[], index: number): boolean =>
	/workflow|schedule|\bcron|\bjobs?\b|\bactions?\b|pipeline/i.test(
		lines.slice(Math.max(0, index - 6), index + 1).join("\n"),
	);

/** Whether a line of prose goes on in the next one. */
const runsOn = (lines: readonly string[], index: number): boolean =>
	/^(?!\s*(?:#|\||```|>)).*[^\s.:;!?|]\s*$/.test(lines[index] ?? "") &&
	/^(?!\s*(?:[-*+]|\d+[.)])\s)\s*[\w`*(]/.test(lines[index + 1] ?? "");

function against(one: Schedule, clause: string, file: SourceFile, line: number): Found[] {
	const said = whenSaid(clause);
	const against = said === undefined ? undefined : contradiction(said, one.runs, one.zone);
	if (against === undefined) return [];
	return [
		{
			message: `\`${one.text}\` of ${one.file.path} ${against}, and ${file === one.file ? "its comment" : file.path} says otherwise: ${clause.replaceAll(/[|`]/g, " ").replaceAll(/\s+/g, " ").trim().slice(0, 120)}`,
			evidence:
				line === one.line && file === one.file
					? [placeIn(one.file, one.line)]
					: [placeIn(one.file, one.line), placeIn(file, line)],
			fix: {
				say: `change the schedule in ${one.file.path}:${one.line}, or what is said of it in ${file.path}:${line}`,
			},
		},
	];
}
