import { queryKeys, queryRoot } from "../../../../src/contracts/objects.ts";
import type { Listed } from "../../../runtime/store.ts";
import type { IndexEntry, Keyword, Manifest, Transcript } from "./schema.ts";

/** What yt-dlp stores thumbnails as. */
const IMAGE_EXTENSIONS = ["jpg", "jpeg", "png", "webp"];

/** A query's objects, as a listing of its folder shows them. */
export interface QueryFolder {
	slug: string;
	objects: ReadonlyMap<string, Listed>;
}

export interface EntryParts {
	folder: QueryFolder;
	manifest: Manifest;
	video: Manifest["videos"][number];
	/** Absent: not transcribed, or unreadable. */
	told: Told | undefined;
}

/** What a transcript gives to the index. */
export type Told = Pick<IndexEntry, "keywords" | "summary">;

/** What the index takes from a transcript; a summary that is not made yet is null. */
export const toldBy = (transcript: Transcript): Told => ({
	keywords: keywordsOf(transcript),
	summary: transcript.summary ?? null,
});

/** One video of the index. */
export function entryOf({ folder, manifest, video, told }: EntryParts): IndexEntry {
	const base = baseName(video.object_key);
	const updated = folder.objects.get(queryKeys(folder.slug).manifest)?.modified;
	return {
		title: titleOf(base),
		video_path: video.object_key,
		thumb_path: thumbnailOf(folder, base),
		json_path: video.transcript_key ?? null,
		keywords: told?.keywords ?? [],
		summary: told?.summary ?? null,
		search_query: manifest.query,
		query_updated_at: updated?.toISOString() ?? null,
	};
}

/** More than any summary has; each is looked for in the whole transcript. */
const MOST_KEYWORDS = 50;

/** Where each keyword stands in the transcript: how often, how much of the most frequent one (0..1), and from which second. */
function keywordsOf({ text, segments, keywords: all }: Transcript): Keyword[] {
	const spoken = text.toLowerCase();
	const said = segments.map((segment) => ({ start: segment.start, text: segment.text.toLowerCase() }));
	const keywords = all.slice(0, MOST_KEYWORDS).map((word) => ({ word, pattern: patternOf(word.toLowerCase()) }));
	const counts = keywords.map(({ pattern }) =>
		pattern ? spoken.matchAll(pattern).reduce((count) => count + 1, 0) : 0,
	);
	const most = Math.max(1, ...counts);
	return keywords.map(({ word, pattern }, at) => ({
		word,
		count: counts[at]!,
		score: Math.round((counts[at]! / most) * 1_000) / 1_000,
		start_time: (pattern && said.find((segment) => segment.text.search(pattern) >= 0)?.start) ?? null,
	}));
}

/** A word or phrase, not as part of a longer word; undefined for one without words. */
function patternOf(phrase: string): RegExp | undefined {
	const words = phrase
		.trim()
		.split(/\s+/)
		.filter(Boolean)
		.map((word) => RegExp.escape(word))
		.join(String.raw`\s+`);
	return words === "" ? undefined : new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])`, "gu");
}

/** A key's last part without extension: `<title>_<id>`. */
const baseName = (key: string): string => key.slice(key.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");

const titleOf = (base: string): string => base.replace(/_[^_]*$/, "") || base;

function thumbnailOf({ slug, objects }: QueryFolder, base: string): string | null {
	const keys = IMAGE_EXTENSIONS.map((extension) => `${queryRoot(slug)}/thumbnails/${base}.${extension}`);
	return keys.find((key) => objects.has(key)) ?? null;
}
