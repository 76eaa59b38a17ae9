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

/** Keys of one video in the bucket. `extension` without the dot. */
export function videoKeys(query: string, title: string, id: string, extension: string) {
	const root = `queries/${slug(query)}`;
	const base = `${fileTitle(title)}_${id}`;
	return {
		video: `${root}/videos/${base}.${extension}`,
		info: `${root}/videos/${base}.info.json`,
		audio: `${root}/audio/${base}.wav`,
	};
}
