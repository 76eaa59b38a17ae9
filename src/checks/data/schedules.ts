import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import { workflowsOf } from "../workflows/model.ts";
import { cronLines, isCrontab } from "./crontabs.ts";

/** A time of cron, wherever it is written. */
export interface Schedule {
	by: "cron" | "workflow" | "kubernetes" | "code";
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	text: string;
	/** Minute, hour, day, month, day of the week. */
	fields: readonly string[];
	/** Seconds go before. */
	seconds?: string;
	/** What a document calls it: the file of the workflow, the CronJob, the script. */
	called?: string;
}

const FIELD = /[\d*?][\w*/,#?-]*|[A-Z]{3}(?:[-,][A-Z]{3})*/.source;
const QUOTED = new RegExp(
	`(["'\`])(?:CRON_TZ=\\S+ )?((?:${FIELD})(?: (?:${FIELD})){4,5})\\1|\\bcron\\(((?:${FIELD})(?: (?:${FIELD})){5})\\)`,
	"g",
);
const CODE = /^(?:javascript|python|yaml|json|toml|text|ini|env|powershell|shell)$/;

/** Of crontabs, workflows, CronJobs and of programs. */
export function schedulesOf(tree: Tree): Schedule[] {
	const crons = cronLines(tree)
		.filter(({ schedule }) => !schedule.startsWith("@"))
		.map(({ file, line, schedule, rest }): Schedule => {
			const script = /([\w.-]+\.(?:sh|py|php|rb|pl|js))\b/.exec(rest)?.[1];
			return {
				...split(schedule),
				by: "cron",
				file,
				line,
				text: schedule,
				...(script === undefined ? {} : { called: script }),
			};
		});
	const workflows = workflowsOf(tree).flatMap(({ on, file }) =>
		(on.get("schedule")?.list ?? []).flatMap((part) =>
			ofPart(part.get("cron"), "workflow", file.path.split("/").at(-1)!),
		),
	);
	const jobs = clusterOf(tree)
		.manifests.filter(({ kind, broken }) => kind === "CronJob" && !broken)
		.flatMap(({ root }) => ofPart(root.get("spec", "schedule"), "kubernetes", root.get("metadata", "name")?.text));
	const taken = new Set([...workflows, ...jobs].map(({ file, line }) => `${file.path}:${line}`));
	const code = tree.files
		.filter(
			(file) =>
				CODE.test(file.language) &&
				standingOf(file.path) === "live" &&
				!isAside(file.path) &&
				!isTest(file.path) &&
				!isCrontab(file),
		)
		.flatMap(inCode)
		.filter(({ file, line }) => !taken.has(`${file.path}:${line}`));
	return [...crons, ...workflows, ...jobs, ...code];
}

const split = (text: string): Pick<Schedule, "fields" | "seconds"> => {
	const all = text.trim().split(/\s+/);
	return all.length === 6 ? { seconds: all[0]!, fields: all.slice(1) } : { fields: all };
};

function ofPart(part: Part | undefined, by: Schedule["by"], called: string | undefined): Schedule[] {
	const text = part?.text?.replace(/^(?:CRON_)?TZ=\S+\s+/, "");
	if (part === undefined || text === undefined || isComputed(text) || text.trim().split(/\s+/).length !== 5) return [];
	return [{ ...split(text), by, file: part.file, line: part.line, text, ...(called === undefined ? {} : { called }) }];
}

function inCode(file: SourceFile): Schedule[] {
	if (!file.has(/["'`(][\d*?][\w*/,#?-]* [\d*?][\w*/,#?-]* /)) return [];
	return file.matches(QUOTED).flatMap(({ 2: plain, 3: aws, index }): Schedule[] => {
		const text = plain ?? aws!;
		if (!/\*|\?/.test(text) || isComment(file, index)) return [];
		// AWS has a year behind, others have seconds in front.
		const fields = aws === undefined ? split(text) : { fields: text.split(" ").slice(0, 5) };
		return [{ ...fields, by: "code", file, line: file.lineAt(index), text }];
	});
}
