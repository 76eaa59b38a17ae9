import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A copy of .env that a rotation left in the state directory: it holds its secrets. */
interface EnvCopy {
	path: string;
	/** Permission bits. */
	mode: number;
}

/** Copies of .env (`.env.bak-…`) in the state directory. */
export async function envCopies(state: string): Promise<EnvCopy[]> {
	const names = (await readdir(state).catch(() => [])).filter((name) => name.startsWith(".env.bak-")).toSorted();
	return Promise.all(
		names.map(async (name) => {
			const path = join(state, name);
			return { path, mode: (await stat(path)).mode & 0o777 };
		}),
	);
}
