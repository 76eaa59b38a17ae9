import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS549",
	scope: "static",
	severity: "error",
	question: "Does Prometheus ask machines of one kind on one port?",
	why: "A target with another port is down for ever, or its alert is silenced: nobody sees what that machine does.",
	example: "`gpu03:9447` beside `gpu01:9477` and `gpu02:9477`, and nothing of the tree has port 9447: write 9477.",
	run(tree) {
		const odd = oddTargets(tree);
		return {
			looked: "targets of Prometheus",
			findings: odd.map(({ target, port, usual, file, line, beside }): Found => ({
				message: `Prometheus asks ${target}, and every other machine of the job on port ${usual}`,
				evidence: line === beside ? [placeIn(file, line)] : [placeIn(file, line), placeIn(file, beside)],
				fix: { say: `write ${usual} in ${file.path}:${line}`, ...editOf(file, line, port, usual) },
			})),
		};
	},
} satisfies StaticCheck;

/** The one target of a job of Prometheus that has another port than all machines of its kind. */
interface OddTarget {
	target: string;
	port: string;
	/** That of the others. */
	usual: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** Of one of the others. */
	beside: number;
}

/** Below three machines nobody can say which port is the odd one. */
const LEAST = 3;
const TARGET = /(?<![\w.-])([\w-]+(?:\.[\w-]+)*):(\d{2,5})(?=["'\],\s]|$)/g;

/** In `static_configs`; a port that the tree names anywhere else is meant. */
const oddTargets = (tree: Tree): OddTarget[] =>
	tree
		.in("yaml")
		.filter((file) => file.includes("scrape_configs:") && standingOf(file.path) === "live")
		.flatMap((file) =>
			Map.groupBy(targetsIn(file), ({ kind }) => kind)
				.values()
				.toArray(),
		)
		.flatMap((targets) => {
			const ports = Map.groupBy(targets, ({ port }) => port);
			const [[usual, most] = ["", []], [port, [odd, ...more]] = ["", []], ...others] = [...ports].toSorted(
				([, a], [, b]) => b.length - a.length,
			);
			const clear = odd !== undefined && more.length === 0 && others.length === 0 && targets.length >= LEAST;
			if (!clear || isNamed(tree, port, odd.file)) return [];
			return [{ ...odd, port, usual, beside: most[0]!.line }];
		});

interface Target extends Pick<OddTarget, "target" | "port" | "file" | "line"> {
	/** The job, and the host without its numbers. */
	kind: string;
}

function targetsIn(file: SourceFile): Target[] {
	let [job, inTargets] = ["", false];
	return file.lines.flatMap((line, index): Target[] => {
		job = /^\s*-?\s*job_name:\s*["']?([\w.-]+)/.exec(line)?.[1] ?? job;
		if (/^\s*(?:-\s*)?[\w-]+:(?:\s|$)/.test(line)) inTargets = /^\s*(?:-\s*)?targets:/.test(line);
		if (!inTargets || /^\s*#/.test(line)) return [];
		return Array.from(line.matchAll(TARGET), ([target, host, port]) => ({
			...{ target, port: port!, file, line: index + 1 },
			kind: `${job} ${host!.replaceAll(/\d+/g, "#")}`,
		}));
	});
}

function isNamed(tree: Tree, port: string, file: SourceFile): boolean {
	const number = new RegExp(`(?<![\\w.])${port}(?![\\w.])`);
	return tree.files.some((one) => one !== file && one.has(number));
}
