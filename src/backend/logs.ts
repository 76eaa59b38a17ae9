import { existsSync } from "node:fs";
import { open, readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import { namedLine } from "../services/log-line.ts";
import { linesOf } from "../system/limits.ts";
import { lastLinesOf, readLastLines } from "../system/files.ts";
import { bytesAdded } from "../system/follow.ts";
import { ACCESS, UNIFIED, type BackendPlace } from "./place.ts";
import { readSpec } from "./supervisor/spec.ts";
import { instancesOf } from "./layout.ts";

/** Of the end of a log; more is in the file itself. */
const MOST_BYTES = 16_000_000;
/** The access log of the gateway, which has lines of its own. */
const ACCESS_NAME = "nginx-access";

export interface LogQuery {
	/** Lines, over all programs. */
	tail: number;
	follow: boolean;
	/** A server, an instance, `nginx` or `nginx-access`. */
	server?: string | undefined;
	signal: AbortSignal;
}

/**
 * The last lines of a backend's log in the order in which they were written, then, with `follow`, those that come, across
 * rotation and restarts. @throws UserError backend_no_logs, backend_unknown_server (usage)
 */
export async function* backendLines(place: BackendPlace, query: LogQuery): AsyncGenerator<string> {
	const names = await namesMeant(place, query.server);
	const file = join(place.logs, query.server === ACCESS_NAME ? ACCESS : UNIFIED);
	if (!existsSync(file))
		throw new UserError("backend_no_logs", `there is no log at ${file}`, { hint: "cres backend start" });
	const isMeant = (line: string) => names === undefined || names.some((name) => line.startsWith(namedLine(name, "")));
	// Open before its end is shown: it may be rotated as long as nobody reads that.
	await using opened = await open(file);
	const newest = await lastLinesOf(opened, MOST_BYTES);
	// The beginning of a line comes with its end.
	const text = query.follow ? newest.text.slice(0, newest.text.lastIndexOf("\n") + 1) : newest.text;
	yield* await lastOf({ file, text }, query.tail, isMeant);
	if (!query.follow) return;
	for await (const line of linesOf(bytesAdded(file, opened, newest.end, query.signal))) if (isMeant(line)) yield line;
}

/** The last lines of a text; the file before the last rotation is read where it does not have enough. */
async function lastOf(
	{ file, text }: { file: string; text: string },
	count: number,
	isMeant: (line: string) => boolean,
): Promise<string[]> {
	const meantIn = (all: string) => all.split("\n").filter((line) => line !== "" && isMeant(line));
	if (count === 0) return [];
	const found = meantIn(text).slice(-count);
	if (found.length === count) return found;
	const older = meantIn((await readLastLines(`${file}.1`, MOST_BYTES)).text);
	return [...older.slice(found.length - count), ...found];
}

/** Undefined: all, without looking at the names. @throws UserError backend_unknown_server (usage) */
async function namesMeant(place: BackendPlace, server: string | undefined): Promise<string[] | undefined> {
	if (server === undefined || server === ACCESS_NAME) return undefined;
	const spec = await readSpec(place.directory);
	const instances = spec ? instancesOf(spec.settings) : [];
	const known = [...instances, { name: "nginx", server: "nginx" }];
	const names = known.filter((one) => one.name === server || one.server === server).map(({ name }) => name);
	if (names.length > 0) return names;
	const all = [...new Set(known.flatMap((one) => [one.server, one.name])), ACCESS_NAME];
	throw new UserError("backend_unknown_server", `no server is called ${server}`, {
		hint: `name one of ${all.join(", ")}`,
	});
}

/** Empties every log and removes those from before a rotation; who writes them goes on. The names of the files. */
export async function cleanLogs({ logs }: BackendPlace): Promise<{ emptied: string[]; removed: string[] }> {
	const files = await readdir(logs).catch(() => []);
	const emptied = files.filter((name) => name.endsWith(".log")).toSorted();
	const removed = files.filter((name) => /\.log\.\d+$/.test(name)).toSorted();
	for (const name of emptied) await truncate(join(logs, name));
	for (const name of removed) await rm(join(logs, name), { force: true });
	return { emptied, removed };
}
