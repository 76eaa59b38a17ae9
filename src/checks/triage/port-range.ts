import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PORTS: readonly RegExp[] = [
	/^[ \t]*EXPOSE\s+(\d{5,})\b/gim,
	/\b(?:[A-Z0-9]+_)*PORT["']?\s*[=:]\s*["']?(\d{5,})\b/g,
	/\b(?:port|containerPort|targetPort|hostPort|nodePort)["']?\s*[:=]\s*["']?(\d{5,})\b/g,
	/--(?:[\w-]*port)[= ]["']?(\d{5,})\b/g,
	/^[ \t]*listen\s+(?:[\w.*[\]:]*:)?(\d{5,})\b/gm,
	/\b[a-z][a-z+]*:\/\/[\w.-]+:(\d{5,})\b/g,
	/^[ \t]*-\s*["']?(?:[\d.]+:)?(\d{5,}):\d+["']?\s*$/gm,
	/^[ \t]*-\s*["']?(?:[\d.]+:)?\d+:(\d{5,})["']?\s*$/gm,
];

export default {
	code: "TS422",
	scope: "static",
	severity: "error",
	question: "Is every port a number that a port can have?",
	why: "A program refuses it at start, or nobody can connect.",
	example: "`--port` with 81000; ports end at 65535.",
	run(tree) {
		const files = tree.files.filter(
			(file) =>
				counts(file.path) &&
				file.text.length < 400_000 &&
				file.has(/\d{5}/) &&
				file.has(/port|expose|listen|:\/\/|:\d{5}/i),
		);
		return { looked: `${files.length} files with long numbers`, findings: files.flatMap(findingsIn) };
	},
} satisfies StaticCheck;

const counts = (path: string): boolean => standingOf(path) === "live" || isEnvExample(path);

function findingsIn(file: SourceFile): Found[] {
	const hits = PORTS.flatMap((pattern) => file.matches(pattern)).filter(
		({ 0: all, 1: port, index }) => Number(port) > 65_535 && !isComment(file, index + all.lastIndexOf(port!)),
	);
	const lines = new Map(hits.map(({ 0: all, 1: port, index }) => [file.lineAt(index + all.lastIndexOf(port!)), port!]));
	return [...lines].map(([line, port]) => ({
		message: `${port} is no port: they end at 65535`,
		evidence: [placeIn(file, line)],
		fix: { say: `write a port from 1 to 65535 in ${file.path}:${line}` },
	}));
}
