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

/** Where each keyword stands in the transcript: how often, how much of the most frequent one (0..1), and from which second. */
function keywordsOf({ text, segments, keywords }: Transcript): Keyword[] {
	const spoken = text.toLowerCase();
	const counts = keywords.map((word) => occurrences(spoken, word.toLowerCase()));
	const most = Math.max(1, ...counts);
	return keywords.map((word, at) => ({
		word,
		count: counts[at]!,
		score: Math.round((counts[at]! / most) * 1_000) / 1_000,
		start_time:
			segments.find((segment) => occurrences(segment.text.toLowerCase(), word.toLowerCase()) > 0)?.start ?? null,
	}));
}

/** How often a word or phrase stands in a text, not as part of a longer word. */
function occurrences(text: string, phrase: string): number {
	const words = phrase
		.trim()
		.split(/\s+/)
		.filter(Boolean)
		.map((word) => RegExp.escape(word))
		.join(String.raw`\s+`);
	return words === ""
		? 0
		: [...text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])`, "gu"))].length;
}

/** A key's last part without extension: `<title>_<id>`. */
const baseName = (key: string): string => key.slice(key.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");

const titleOf = (base: string): string => base.replace(/_[^_]*$/, "") || base;

function thumbnailOf({ slug, objects }: QueryFolder, base: string): string | null {
	const keys = IMAGE_EXTENSIONS.map((extension) => `${queryRoot(slug)}/thumbnails/${base}.${extension}`);
	return keys.find((key) => objects.has(key)) ?? null;
}
