import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { writeDurably } from "../src/system/durable-files.ts";
import { readTextIfExists } from "../src/system/files.ts";

/** Made at random for one perimeter and kept in its directory, readable by the owner only. */
export interface Credentials {
	registry: { username: string; password: string };
	store: { accessKey: string; secretKey: string };
}

/** The perimeter's credentials; made when there are none. */
export async function ensureCredentials(directory: string): Promise<Credentials> {
	const path = join(directory, "credentials.json");
	const text = await readTextIfExists(path);
	if (text !== undefined) return JSON.parse(text) as Credentials;
	const random = (): string => randomBytes(18).toString("base64url");
	const made = {
		registry: { username: "rehearsal", password: random() },
		store: { accessKey: random(), secretKey: random() },
	};
	await writeDurably(path, JSON.stringify(made), { mode: 0o600 });
	return made;
}
