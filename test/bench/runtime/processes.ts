import { readFile } from "node:fs/promises";
import type { Box } from "./box.ts";

/** A process of a container. Sizes in bytes. */
export interface SeenProcess {
	/** As the host numbers it. */
	pid: number;
	/** Its program, as supervisord calls it where it can be told. */
	name: string;
	resident: number;
	anonymous: number;
	/** Its share of what it has in common with others (PSS). */
	proportional: number;
}

const NAMES: readonly (readonly [RegExp, string])[] = [
	[/docker-init|tini/, "init"],
	[/supervisord/, "supervisord"],
	[/watchdog\.js/, "watchdog"],
	[/models\/main\.js|etc\/models/, "models"],
	[/llama-server/, "llama"],
	[/etc\/llama/, "llama (waits for a model)"],
	[/whisper\/server\.py/, "whisper"],
	[/api\/main\.js/, "api"],
];

/** The container's processes as the kernel of this machine counts them. */
export async function processesOf(box: Box): Promise<SeenProcess[]> {
	const { Processes } = (await box.container.top({ ps_args: "-eo pid,args" })) as { Processes: string[][] };
	const seen = await Promise.all(
		Processes.map(async ([number, args]): Promise<SeenProcess[]> => {
			const pid = Number(number);
			const file = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
			const [status, rollup, environment] = await Promise.all([file("status"), file("smaps_rollup"), file("environ")]);
			if (status === "") return [];
			const name = nameOf(args!, environment);
			return [
				{
					pid,
					name,
					resident: kib(status, "VmRSS"),
					anonymous: kib(status, "RssAnon"),
					proportional: kib(rollup, "Pss"),
				},
			];
		}),
	);
	return seen.flat();
}

/** Both workers are the same program; WORKER_MODE tells them apart. */
function nameOf(args: string, environment: string): string {
	if (args.includes("etc/spawner.py")) return "spawner";
	if (args.includes("worker/main.js")) return `worker-${/(?:^|\0)WORKER_MODE=(\w+)/.exec(environment)?.[1] ?? "?"}`;
	return NAMES.find(([is]) => is.test(args))?.[1] ?? args.slice(0, 40);
}

const kib = (text: string, field: string): number =>
	Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1_024;
