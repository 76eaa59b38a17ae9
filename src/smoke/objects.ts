import { queryRoot } from "../contracts/objects.ts";
import type { S3 } from "../store/s3.ts";
import { ownOf } from "../system/own-of.ts";

/** Pages of a listing that are removed, of 1,000 objects each: a smoke test stores a dozen. */
const MOST_PAGES = 20;

/** Search under which the objects of a smoke test are filed. */
export const smokeQuery = (id: string): string => `smoke-${id}`;

/** Prefix of all that it stores. */
export const smokePrefix = (id: string): string => `${queryRoot(smokeQuery(id))}/`;

/** Keys of at most 1,000 objects below a prefix (docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html). */
export async function keysBelow(s3: S3, prefix: string, signal: AbortSignal): Promise<string[]> {
	const { content } = await s3.call({ method: "GET", key: "", query: { "list-type": "2", prefix }, signal });
	const listing = content.toString();
	const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => unescaped(key!));
	return keys.filter((key) => key.startsWith(prefix)); // whatever a server lists besides is not ours
}

/**
 * Removes every object below a prefix; returns how many there were.
 * @throws Error where a server goes on listing them
 */
export async function removeBelow(s3: S3, prefix: string, signal: AbortSignal): Promise<number> {
	let removed = 0;
	for (let page = 0; page < MOST_PAGES; page++) {
		const keys = await keysBelow(s3, prefix, signal);
		if (keys.length === 0) return removed;
		for (const key of keys) await s3.call({ method: "DELETE", key, signal, ok: [404] });
		removed += keys.length;
	}
	throw new Error(`${s3.endpoint}/${s3.bucket} lists objects below ${prefix} after ${removed} were removed`);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

const LAST_CODE_POINT = 0x10_ff_ff;

const unescaped = (text: string): string =>
	text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
		if (name !== undefined) return ownOf(ENTITIES, name) ?? whole;
		const point = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
		return point <= LAST_CODE_POINT ? String.fromCodePoint(point) : whole;
	});
