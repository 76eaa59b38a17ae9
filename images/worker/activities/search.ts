import { Context } from "@temporalio/activity";
import { z } from "zod";
import { keyId } from "../../../src/contracts/objects.ts";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import { type FoundVideo, type Searched, type SearchInput, searchInputSchema } from "../../../src/contracts/tasks.ts";
import { type Bounds, withinBounds } from "../bounds.ts";
import { checked, passing } from "../failure.ts";
import { heartbeat } from "../heartbeat.ts";
import { cut, searchArgs } from "../media.ts";
import { parseJson } from "../../runtime/http.ts";
import type { RunProgram } from "../../runtime/program.ts";
import { inScratch } from "../scratch.ts";

/** What a search asks for at least, so that enough is left after the filters; and at most. */
const OVER_FETCH = { factor: 3, most: 50 };

export interface SearchDependencies {
	run: RunProgram;
	scratchRoot: string;
	/** What yt-dlp may take. */
	bounds: Bounds;
	/** User id that it runs as; undefined: the worker's own. */
	user: number | undefined;
	/** What yt-dlp is given; `{query}` and `{count}` are filled in. */
	searchUrl: string;
	/** Used where a request names none; empty: any. */
	defaultCategory: string;
	/** Older videos are left out; 0: none. */
	maxAgeDays: number;
	/** Videos in work at once that the settings allow. */
	capacity: number;
	now: () => Date;
}

export type SearchActivities = ReturnType<typeof createSearchActivities>;

const entrySchema = z.object({
	id: z.string().nullish(),
	title: z.string().nullish(),
	url: z.string().nullish(),
	webpage_url: z.string().nullish(),
	original_url: z.string().nullish(),
	duration: z.number().nullish(),
	is_live: z.boolean().nullish(),
	live_status: z.string().nullish(),
	categories: z.array(z.string()).nullish(),
	timestamp: z.number().nullish(),
});
type Entry = z.infer<typeof entrySchema>;

/** Finds the videos of a batch. */
export const createSearchActivities = (dependencies: SearchDependencies) => ({
	search_videos: async (input: SearchInput): Promise<Searched> => {
		const { query, limit, maxMinutes, category = dependencies.defaultCategory } = checked(searchInputSchema, input);
		const { run, scratchRoot, bounds, user, capacity, maxAgeDays } = dependencies;
		const attempt = async (directory: string): Promise<Searched> => {
			const beat = heartbeat(directory);
			beat.enter("search");
			try {
				const count = Math.min(OVER_FETCH.most, limit * OVER_FETCH.factor);
				const url = searchAddress(dependencies.searchUrl, query, count);
				const whole = category !== "" || maxAgeDays > 0;
				const signal = Context.current().cancellationSignal;
				const { exitCode, stdout, stderr } = await withinBounds(bounds, { directory, signal }, (bounded) =>
					run("yt-dlp", searchArgs(url, count, { whole, proxy: bounded.proxy }), { directory, user, ...bounded }),
				);
				const entries = entriesIn(stdout);
				if (exitCode !== 0 && entries.length === 0) throw searchFailed(exitCode, stderr);
				const oldest = maxAgeDays > 0 ? dependencies.now().getTime() / 1_000 - maxAgeDays * 86_400 : undefined;
				const wanted = entries.filter((entry) => isWanted(entry, { maxSeconds: maxMinutes * 60, category, oldest }));
				const found = unique(wanted.map(foundFrom)).filter(({ url: address }) => address.length <= ADDRESS);
				return { videos: found.slice(0, limit), seen: entries.length, capacity };
			} finally {
				beat.stop();
			}
		};
		return inScratch(scratchRoot, attempt, user);
	},
});

/** In an address the query is encoded; in yt-dlp's own `ytsearch5:two words` it is not. */
const searchAddress = (template: string, query: string, count: number): string =>
	template
		.replace("{count}", String(count))
		.replace("{query}", () => (/^https?:/.test(template) ? encodeURIComponent(query) : query));

/** What yt-dlp found, one JSON object a line; lines of another form are left out. */
export function entriesIn(stdout: string): Entry[] {
	return stdout.split("\n").flatMap((line) => {
		if (!line.startsWith("{")) return [];
		const parsed = entrySchema.safeParse(parseJson(line));
		return parsed.success ? [parsed.data] : [];
	});
}

function isWanted(
	{ duration, is_live, live_status, categories, timestamp }: Entry,
	{ maxSeconds, category, oldest }: { maxSeconds: number; category: string; oldest: number | undefined },
): boolean {
	const live = is_live === true || live_status === "is_live" || live_status === "is_upcoming";
	const fits = category === "" || (categories ?? []).some((one) => one.toLowerCase() === category.toLowerCase());
	const young = oldest === undefined || timestamp == null || timestamp >= oldest;
	return !live && fits && young && (duration ?? 0) <= maxSeconds;
}

function foundFrom({ id, title, url, webpage_url, original_url }: Entry): FoundVideo {
	const address = webpage_url ?? original_url ?? url ?? "";
	// Feeds give addresses alone.
	const name =
		id ||
		address
			.replace(/[?#].*$/, "")
			.split("/")
			.at(-1)!
			.replace(/\.\w+$/, "");
	return { id: keyId(name), url: address, title: (title ?? name).slice(0, TITLE) };
}

/** Characters of a title and of an address that travel in the workflow's history. */
const TITLE = 300;
const ADDRESS = 2_048;

const unique = (videos: FoundVideo[]): FoundVideo[] => [...new Map(videos.map((video) => [video.id, video])).values()];

const searchFailed = (exitCode: number | undefined, stderr: string) =>
	passing(
		FAILURES.search,
		cut(stderr.split("\n").findLast((line) => line.startsWith("ERROR:")) ?? `yt-dlp ended with ${exitCode}`),
	);
