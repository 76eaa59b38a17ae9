import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { serviceWordsOf } from "./service-words.ts";
import { standingOf } from "./standing.ts";

/** A port that Prometheus asks, once for each job. */
interface Scraped {
	port: number;
	/** Of the name of the job. */
	words: ReadonlySet<string>;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** Of exporters, which stand beside what they tell of: node, MySQL, nginx, blackbox, Redis, PostgreSQL, MongoDB, DCGM. */
const EXPORTERS = new Set([9100, 9104, 9113, 9115, 9121, 9150, 9182, 9187, 9216, 9256, 9308, 9400, 9835]);

/** The targets of `static_configs`. */
export const scrapedPorts = (tree: Tree): Scraped[] =>
	tree
		.in("yaml")
		.filter(({ path, text }) => text.includes("scrape_configs:") && standingOf(path) === "live")
		.flatMap(scrapedIn);

function scrapedIn(file: SourceFile): Scraped[] {
	const found = new Map<string, Scraped>();
	let [job, inTargets] = ["", false];
	for (const [index, line] of file.lines.entries()) {
		job = /^\s*-?\s*job_name:\s*["']?([\w.-]+)/.exec(line)?.[1] ?? job;
		if (/^\s*(?:-\s*)?[\w-]+:/.test(line)) inTargets = /^\s*(?:-\s*)?targets:/.test(line);
		if (!inTargets || /^\s*#/.test(line)) continue;
		for (const [, port] of line.matchAll(/[\w.-]+:(\d{2,5})(?=["'\],\s]|$)/g))
			if (!found.has(`${job} ${port!}`) && !EXPORTERS.has(Number(port)))
				found.set(`${job} ${port!}`, { port: Number(port), words: serviceWordsOf(job), file, line: index + 1 });
	}
	return [...found.values()];
}
