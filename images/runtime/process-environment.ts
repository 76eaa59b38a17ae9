import { readFile } from "node:fs/promises";
import type { Environment } from "./variables.ts";

/** What a process was started with, from /proc/<pid>/environ (proc(5)); empty where it cannot be read. */
export const environmentOf = async (pid: number): Promise<Record<string, string>> =>
	parseEnvironment(await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""));

/** The environment of process 1 over the own one: a shell of ssh has not the container's. */
export const containerEnvironment = async (own: Environment): Promise<Environment> =>
	own["WORKER_INSTANCE_NAME"] ? own : { ...own, ...(await environmentOf(1)) };

/** Reads the form of /proc/<pid>/environ. What has no name is left out. */
export const parseEnvironment = (text: string): Record<string, string> =>
	Object.fromEntries(
		text.split("\0").flatMap((line): [string, string][] => {
			const at = line.indexOf("=");
			return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
		}),
	);
