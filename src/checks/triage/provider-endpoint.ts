import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { isLan, isLoopback } from "../facts/addresses.ts";
import { listed, placeIn, unique } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Hosts that a provider of rented machines or tunnels gives new to every instance. */
const HOSTS =
	/(?<!(?<!:)-|[\w.])(?:ssh\d+\.vast\.ai|[a-z0-9]{8,}-\d{2,5}\.proxy\.runpod\.net|[\w-]+\.ngrok(?:-free)?\.(?:io|app|dev)|\d\.tcp\.(?:\w+\.)?ngrok\.io|[a-z0-9]+(?:-[a-z0-9]+){2,}\.trycloudflare\.com|ec2-\d+-\d+-\d+-\d+\.[\w.-]*amazonaws\.com|[0-9a-f]{10,}\.gradio\.live)(?![\w-])(?::(\d{2,5}))?/g;
/** `ssh -p 41234 root@198.51.100.7` */
const SSH =
	/\b(?:ssh|scp|rsync|sftp)\b[^\n]*?-[pP]\s*(\d{4,5})\b[^\n]*?@(\d{1,3}(?:\.\d{1,3}){3})\b|\b(?:ssh|scp|rsync|sftp)\b[^\n]*?@(\d{1,3}(?:\.\d{1,3}){3})\b[^\n]*?-[pP]\s*(\d{4,5})\b/g;
const QUICK = /vast\.ai|runpod\.net|ngrok|trycloudflare|amazonaws|gradio\.live|\bssh\b|\bscp\b|\brsync\b/;

interface Literal {
	host: string;
	file: SourceFile;
	line: number;
}

export default {
	code: "TS411",
	scope: "static",
	severity: "warning",
	question: "Is no address of a rented machine written into tracked files?",
	why: "A rented instance gets a new host and port each time it is made again; every copy of the old one has to be found by hand.",
	example:
		"`VAST_HOST=ssh<n>.vast.ai`, with a number, in .env.example; leave it empty and keep the address in one untracked file.",
	run(tree) {
		const files = tree.files.filter((file) => counts(file.path) && file.has(QUICK));
		const groups = Map.groupBy(files.flatMap(literalsIn), ({ host }) => host);
		const findings = [...groups].map(([host, places]) => finding(host, unique(places)));
		return { looked: `${tree.files.length} files`, findings };
	},
} satisfies StaticCheck;

/** The perimeter's own document is the one place for it. */
function counts(path: string): boolean {
	const standing = standingOf(path);
	return (standing === "live" || standing === "docs" || isEnvExample(path)) && !/perimeter\.md$/i.test(path);
}

function literalsIn(file: SourceFile): Literal[] {
	const document = standingOf(file.path) === "docs";
	const hosts = file.matches(HOSTS).map(({ 0: all, index }) => ({ host: all.replace(/:\d+$/, ""), index }));
	const ssh = file.matches(SSH).map(({ 2: first, 3: second, index }) => ({
		host: (first ?? second)!,
		index,
	}));
	return [...hosts, ...ssh].flatMap(({ host, index }) => {
		const line = file.lineAt(index);
		const near = file.text.slice(Math.max(file.startOf(line), index - 40), index + host.length + 40).split("\n")[0]!;
		const spelled =
			isLan(host) ||
			isLoopback(host) ||
			/^ec2-(?:192-0-2|198-51-100|203-0-113)-/.test(host) ||
			(/^(?:0|255|1\.2\.3\.4|192\.0\.2|198\.51\.100|203\.0\.113)/.test(host) && document);
		if (spelled || (document && !/(?<![\w.])\d{4,5}(?![\w.])/.test(near)) || isComment(file, index)) return [];
		return [{ host, file, line }];
	});
}

function finding(host: string, places: readonly Literal[]): Found {
	const [first, ...rest] = places;
	return {
		message: `${host} is the address of a rented machine, and stands in ${places.length === 1 ? "a tracked file" : `${places.length} lines of tracked files`}`,
		evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
		fix: {
			say: `write the instance's name for it in ${listed(places)}, and keep the address in an untracked file, such as .env`,
		},
	};
}
