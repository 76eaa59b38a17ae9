/** Query under which a video is filed when it was not found by a search. */
export const DIRECT_QUERY = "direct";

/**
 * The one slug function for object keys and workflow ids: transliterated, lower case, blanks to `-`,
 * any other character outside a-z, 0-9, `-` and `_` to `_`.
 */
export function slug(text: string): string {
	const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();
	return plain.replaceAll(/\s+/g, "-").replaceAll(/[^a-z0-9_-]/g, "_") || "_";
}

/** A video's title as the part of an object key: no path separators, controls or repeated blanks; at most 120 characters. */
const fileTitle = (title: string): string =>
	Array.from(
		title
			.replaceAll(/[/\\\p{C}]/gu, "_")
			.replaceAll(/\s+/g, " ")
			.trim(),
	)
		.slice(0, 120)
		.join("") || "untitled";

/** Folder of a query. */
export const queryRoot = (query: string): string => `queries/${slug(query)}`;

/** Keys of one video in the bucket. `extension` without the dot. */
export function videoKeys(query: string, title: string, id: string, extension: string) {
	const root = queryRoot(query);
	const base = `${fileTitle(title)}_${id}`;
	return {
		video: `${root}/videos/${base}.${extension}`,
		info: `${root}/videos/${base}.info.json`,
		audio: `${root}/audio/${base}.wav`,
		transcript: `${root}/transcripts/${base}.json`,
		/** `type` without the dot. */
		thumbnail: (type: string) => `${root}/thumbnails/${base}.${type}`,
	};
}

/** Where the transcript of a video with that audio key belongs. */
export const transcriptKeyOf = (audioKey: string): string =>
	audioKey.replace(/\/audio\/([^/]*)\.wav$/, "/transcripts/$1.json");

/** Keys of what a query's videos have in common. */
export function queryKeys(query: string) {
	const root = queryRoot(query);
	return {
		manifest: `${root}/manifest.json`,
		/** One object a video says how it ended; the manifest is made from them. */
		statuses: `${root}/status/`,
		status: (id: string) => `${root}/status/${encodeURIComponent(id)}.json`,
		combined: {
			/** Says how the last combination ended, for the manifest. */
			state: `${root}/combined/state.json`,
			output: `${root}/combined/combined-output.json`,
			transcription: `${root}/combined/combined-transcription.txt`,
			keywords: `${root}/combined/combined-keywords.json`,
			sentence: `${root}/combined/combined-sentence.txt`,
		},
	};
}

/** 12 hex digits of a text, the same everywhere and without a cryptographic library (two FNV-1a sums, 64 bits at most). */
export function shortHash(text: string): string {
	const sum = (seed: number): string => {
		let hash = seed;
		for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
		return hash.toString(16).padStart(8, "0");
	};
	return (sum(0x811c9dc5) + sum(0x1234abcd)).slice(0, 12);
}

/** Id of a batch's execution; the same request has the same one. */
export const batchId = (query: string, request: string): string => `batch-${slug(query)}-${shortHash(request)}`;

/** Name of a video that was never downloaded, from its address. */
export const idOfAddress = (url: string): string => `url-${shortHash(url)}`;

/** An id of yt-dlp as part of a key: some come from an address and hold anything. */
export const keyId = (id: string): string =>
	Array.from(id.replaceAll(/[/\\\s\p{C}]+/gu, "_"))
		.slice(0, 100)
		.join("") || "_";
