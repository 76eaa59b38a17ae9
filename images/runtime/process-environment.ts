import { readFile } from "node:fs/promises";
import type { Environment } from "./settings.ts";

/** The environment of process 1 under the own one: a shell of ssh has not the container's. */
export async function containerEnvironment(own: Environment, path = "/proc/1/environ"): Promise<Environment> {
	if (own["WORKER_INSTANCE_NAME"]) return own;
	const text = await readFile(path, "utf8").catch(() => "");
	return { ...own, ...parseEnvironment(text) };
}

/** Reads the form of /proc/<pid>/environ (proc(5)). */
export const parseEnvironment = (text: string): Record<string, string> =>
	Object.fromEntries(
		text.split("\0").flatMap((line): [string, string][] => {
			const at = line.indexOf("=");
			return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
		}),
	);
