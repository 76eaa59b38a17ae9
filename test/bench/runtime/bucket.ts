import { AwsClient } from "aws4fetch";
import type { Perimeter } from "../../../rehearsal/perimeter.ts";

/** A bucket of the perimeter's store. */
export interface Bucket {
	readonly name: string;
	put: (key: string, text: string) => Promise<void>;
	/** The JSON of an object; undefined when there is none. */
	read: (key: string) => Promise<unknown>;
}

/** Makes a bucket; disposing of it removes it with what it holds. */
export async function makeBucket(
	{ credentials, ports }: Pick<Perimeter, "credentials" | "ports">,
	name: string,
): Promise<Bucket & AsyncDisposable> {
	const { accessKey: accessKeyId, secretKey: secretAccessKey } = credentials.store;
	const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1", retries: 3 });
	const send = (method: string, path: string, body?: string) =>
		client.fetch(`http://127.0.0.1:${ports.store}/${name}${path}`, { method, ...(body === undefined ? {} : { body }) });
	const must = async (method: string, path: string, body?: string) => {
		const response = await send(method, path, body);
		if (!response.ok) throw new Error(`${method} ${name}${path}: ${response.status} ${await response.text()}`);
		return response.text();
	};
	await must("PUT", "");
	return {
		name,
		put: async (key, text) => void (await must("PUT", encodeURI(`/${key}`), text)),
		async read(key) {
			const response = await send("GET", encodeURI(`/${key}`));
			if (response.ok) return response.json();
			await response.body?.cancel();
			return undefined;
		},
		async [Symbol.asyncDispose]() {
			for (;;) {
				const listing = await must("GET", "?list-type=2");
				const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
				if (keys.length === 0) break;
				for (const key of keys) await must("DELETE", encodeURI(`/${unescaped(key)}`));
			}
			await must("DELETE", "");
		},
	};
}

const unescaped = (key: string): string =>
	key
		.replaceAll("&quot;", '"')
		.replaceAll("&#39;", "'")
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&");
