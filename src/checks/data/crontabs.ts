import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A line of a crontab. */
export interface CronLine {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** The five fields, or `@daily`. */
	schedule: string;
	/** What follows: a user where the file is one of the system, then the command. */
	rest: string;
	/** Whether the file is one of /etc/cron.d or /etc/crontab, whose lines name a user. */
	system: boolean;
}

const CRONTAB = /(?:^|\/)(?:crontabs?|cron(?:\.d)?)\/[\w-]+$|(?:^|\/)[\w.-]*crontab[\w-]*(?:\.txt)?$|\.cron(?:tab)?$/;
const LINE =
	/^\s*(@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)|(?:[\d*][\w*/,-]*[ \t]+){2}(?:[\w*/,-]+[ \t]+){2}[\w*/,-]+)[ \t]+(\S.*)$/;

/** By its name or its folder. */
export const isCrontab = ({ path, language }: SourceFile): boolean => language === "text" && CRONTAB.test(path);

/** The lines of all crontabs of a tree that start something. */
export const cronLines = (tree: Tree): CronLine[] =>
	tree.files.filter((file) => isCrontab(file) && standingOf(file.path) !== "history").flatMap(linesIn);

function linesIn(file: SourceFile): CronLine[] {
	const system = /(?:^|\/)cron\.d\/|(?:^|\/)etc\/crontab$/.test(file.path);
	return file.lines.flatMap((text, index): CronLine[] => {
		const [, schedule, rest] = (/^\s*#/.test(text) ? null : LINE.exec(text)) ?? [];
		return schedule === undefined ? [] : [{ file, line: index + 1, schedule, rest: rest!, system }];
	});
}
