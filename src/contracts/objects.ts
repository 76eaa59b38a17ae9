/** Query under which a video is filed when it was not found by a search. */
export const DIRECT_QUERY = "direct";

/** Bytes of one part of a key or of a file name: stores and file systems take 255, and some append to it. */
const PART_BYTES = 240;

/** Text in a-z, 0-9, `-` and `_`: transliterated, lower case, blanks to `-`, any other character to `_`. */
export function transliterated(text: string): string {
	const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();
	return plain.replaceAll(/\s+/g, "-").replaceAll(/[^a-z0-9_-]/g, "_") || "_";
}

/**
 * The one slug function for object keys and workflow ids. What transliteration cannot tell apart, two words in Chinese of
 * the same length or `C++` and `C##`, gets a hash of the text; ASCII letters, digits, blanks, `-` and `_` stay as they are.
 * The slug of a slug is the slug.
 */
export function slug(text: string): string {
	const plain = transliterated(text);
	const known = text.normalize("NFC").toLowerCase().trim().replaceAll(/\s+/g, " ");
	if (/^[a-z0-9_ -]*$/.test(known) && plain.length <= PART_BYTES) return plain;
	return `${plain.slice(0, 60)}-${shortHash(known)}`;
}

/** Bytes of a text in UTF-8; there is no Buffer in a workflow. */
const bytesOf = (text: string): number =>
	Array.from(text).reduce((sum, one) => {
		const code = one.codePointAt(0)!;
		return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
	}, 0);

/** The longest beginning of a text of so many bytes and characters at most; no character is cut. */
function beginning(text: string, bytes: number, characters = Infinity): string {
	let [taken, size, count] = ["", 0, 0];
	for (const one of text) {
		size += bytesOf(one);
		if (size > bytes || ++count > characters) break;
		taken += one;
	}
	return taken;
}

/** A video's title as the part of an object key: no path separators, controls or repeated blanks; at most 120 characters. */
const fileTitle = (title: string, bytes: number): string =>
	beginning(
		title
			.replaceAll(/[/\\\p{C}]/gu, "_")
			.replaceAll(/\s+/g, " ")
			.trim(),
		bytes,
		120,
	) || "untitled";

/** Folder of a query. */
export const queryRoot = (query: string): string => `queries/${slug(query)}`;

/** Keys of one video in the bucket. `extension` without the dot. */
export function videoKeys(query: string, title: string, id: string, extension: string) {
	const root = queryRoot(query);
	// The id is kept whole; what is longest behind it is `.info.json`.
	const base = `${fileTitle(title, PART_BYTES - bytesOf(`_${id}.info.json`))}_${id}`;
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
		status: (id: string) => `${root}/status/${encodedId(id)}.json`,
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

/** The same of version 0.1, where two queries of another script could share one. */
export const formerBatchId = (query: string, request: string): string =>
	`batch-${transliterated(query)}-${shortHash(request)}`;

/** Name of a video that was never downloaded, from its address. */
export const idOfAddress = (url: string): string => `url-${shortHash(url)}`;

/** An id of yt-dlp as part of a key: some come from an address and hold anything. A long one is cut and gets a hash. */
export function keyId(id: string): string {
	const plain = id.replaceAll(/[/\\\s\p{C}]+/gu, "_") || "_";
	const cut = beginning(plain, ID_BYTES, ID_BYTES);
	return cut === plain ? plain : `${cut}-${shortHash(id)}`;
}
const ID_BYTES = 100;

/** An id as the name of its status; encoded, it may be three times as long. */
function encodedId(id: string): string {
	const encoded = encodeURIComponent(id);
	return encoded.length <= PART_BYTES - 5 ? encoded : `${encoded.slice(0, 60).replace(/%.?$/, "")}-${shortHash(id)}`;
}
