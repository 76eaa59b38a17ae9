import { standingOf } from "../facts/standing.ts";
import type { FilePlace } from "../place.ts";
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
	/** Whether the file is one of /etc/cron.d or /etc/crontab, whose lines name a user; `own` where `crontab FILE` installs it. */
	system: boolean;
	own: boolean;
	/** The place that puts it there, where its path does not say so. */
	by?: FilePlace;
}

const CRONTAB = /(?:^|\/)(?:crontabs?|cron(?:\.d)?)\/[\w-]+$|(?:^|\/)[\w.-]*crontab[\w-]*(?:\.txt)?$|\.cron(?:tab)?$/;
const LINE =
	/^\s*(@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)|(?:[\d*][\w*/,-]*[ \t]+){2}(?:[\w*/,-]+[ \t]+){2}[\w*/,-]+)[ \t]+(\S.*)$/;

/** By its name or its folder. */
export const isCrontab = ({ path, language }: SourceFile): boolean => language === "text" && CRONTAB.test(path);

/** The lines of all crontabs of a tree that start something. */
export function cronLines(tree: Tree): CronLine[] {
	const placed = placesOf(tree);
	return tree.files
		.filter((file) => (isCrontab(file) || placed.has(file)) && standingOf(file.path) !== "history")
		.flatMap((file) => linesIn(file, placed.get(file)))
		.concat(tree.in("dockerfile", "shell").flatMap(written));
}

const WRITTEN =
	/\b(?:echo|printf)\s+(?:-\w+\s+)?(["'])((?:[\d*][\w*/,-]*[ \t]+){2}(?:[\w*/,-]+[ \t]+){2}[\w*/,-]+)[ \t]+([^\n]*?)(?:\\n)?\1\s*>>?\s*\/etc\/(?:cron\.d\/|crontab\b)/;

/** `echo "0 3 * * * root backup" > /etc/cron.d/backup` */
const written = (file: SourceFile): CronLine[] =>
	!file.includes("/etc/cron") || standingOf(file.path) === "history"
		? []
		: file.lines.flatMap((text, index): CronLine[] => {
				const [, , schedule, rest] = (/^\s*#/.test(text) ? null : WRITTEN.exec(text)) ?? [];
				return schedule === undefined
					? []
					: // What a shell writes has its own escapes.
						[{ file, line: index + 1, schedule, rest: rest!.replaceAll("%", ""), system: true, own: false }];
			});

interface Placed {
	/** In /etc/cron.d. */
	system: boolean;
	by: FilePlace;
}

const INTO = /(?:^|[\s"'[,])([\w.${}/-]*[\w-])["']?,?\s+["']?\/etc\/(?:cron\.d\/|crontab\b)[\w.-]*/;
const INSTALLS = /(?:^|[\s;&|])crontab\s+(?:-u\s+\S+\s+)?["']?([\w.${}/-]*[\w-])["']?\s*(?:$|[;&|\\])/;

/** The files that an image or a script copies to /etc/cron.d, or gives to `crontab`. */
function placesOf(tree: Tree): ReadonlyMap<SourceFile, Placed> {
	const found = new Map<SourceFile, Placed>();
	for (const file of tree.in("dockerfile", "shell")) {
		if (!file.has(/\/etc\/cron|\bcrontab\s/) || standingOf(file.path) === "history") continue;
		for (const [index, line] of file.lines.entries()) {
			if (/^\s*#/.test(line)) continue;
			for (const pattern of [INTO, INSTALLS]) {
				const path = pattern
					.exec(line)?.[1]
					?.replace(/^.*[}$]\w*\//, "")
					.replace(/^(?:\.{0,2}\/)+/, "");
				const target = path === undefined || path === "-" ? undefined : oneEnding(tree, path);
				if (target !== undefined && !found.has(target))
					found.set(target, { system: pattern === INTO, by: file.place(index + 1) });
			}
		}
	}
	return found;
}

/** The one file of text that a path means, also from within an image. */
function oneEnding(tree: Tree, path: string): SourceFile | undefined {
	const all = tree
		.in("text")
		.filter((one) => one.path === path || one.path.endsWith(`/${path}`) || path.endsWith(`/${one.path}`));
	return all.length === 1 ? all[0] : undefined;
}

function linesIn(file: SourceFile, placed: Placed | undefined): CronLine[] {
	const system = placed?.system ?? /(?:^|\/)cron\.d\/|(?:^|\/)etc\/crontab$/.test(file.path);
	return file.lines.flatMap((text, index): CronLine[] => {
		const [, schedule, rest] = (/^\s*#/.test(text) ? null : LINE.exec(text)) ?? [];
		if (schedule === undefined) return [];
		return [
			{
				file,
				line: index + 1,
				schedule,
				rest: rest!,
				system,
				own: placed?.system === false,
				...(placed === undefined ? {} : { by: placed.by }),
			},
		];
	});
}
