import { outlineOf } from "./outline.ts";
import { standingOf } from "./standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A job of Prometheus, or what asks for one. */
interface Job {
	name: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** Jobs by their names (prometheus.io/docs/prometheus/latest/configuration/configuration); undefined where others may be there. */
export function scrapeJobs(tree: Tree): Job[] | undefined {
	const files = tree
		.in("yaml")
		.filter(({ path, text }) => text.includes("scrape_configs:") && standingOf(path) === "live");
	const isOpen = files.some((file) =>
		file.has(/\{\{|scrape_config_files:|target_label:\s*["']?job\b|^\s*["']?job["']?\s*:|remote_read:/m),
	);
	const [file, ...more] = files;
	if (file === undefined || more.length > 0 || isOpen) return undefined;
	return outlineOf(file).flatMap(({ path, value, line }) =>
		path.at(-1) === "job_name" ? [{ name: value, file, line }] : [],
	);
}

/** `job="whisper"`, `job=~"api|worker"` of expressions; a pattern that is more than a choice is left out. */
export function askedJobs(expressions: readonly { text: string; file: SourceFile; line: number }[]): Job[] {
	return expressions.flatMap(({ text, file, line }) =>
		[...text.matchAll(/[{,]\s*job\s*=(~?)\s*\\?["']([^"'\\]*)\\?["']/g)].flatMap(([, pattern, names]) =>
			(pattern === "" ? [names!] : names!.split("|"))
				.filter((name) => /^[\w./ -]+$/.test(name) && !(pattern !== "" && name.includes(".")))
				.map((name) => ({ name, file, line })),
		),
	);
}
