import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS262",
	scope: "static",
	severity: "error",
	question: "Does a script that checks a service ask the port that the service has?",
	why: "A check of health that kept the old port says DOWN of a service that runs, or the deploy waits until its time is up.",
	example: '`check worker "http://$host:9464/health"` and WORKER_PORT is 9465 everywhere else: write 9465.',
	run(tree) {
		const files = tree
			.in("shell", "powershell", "batch")
			.filter(({ path }) => standingOf(path) === "live" && !isAside(path) && !isTest(path));
		const probes = files.flatMap(probesIn);
		return {
			looked: `${probes.length} probes in scripts`,
			findings: probes.flatMap((probe) => faultOf(tree, probe) ?? []),
		};
	},
} satisfies StaticCheck;

interface Probe {
	file: SourceFile;
	at: number;
	port: string;
	shown: string;
}

/** Of this machine, or of a host that a variable names. */
const HOST = /(?:127\.0\.0\.1|localhost|\[::1\]|\$\{?\w*host\w*\}?|\$\{?\w*(?:addr|ip)\}?)/.source;
const ASKS = new RegExp(
	`https?://${HOST}:(\\d{2,5})(?=[/"'\\s]|$)|\\bTest-(?:NetConnection|\\w*Port)\\b[^\\n|;]*-Port[ \\t]+(\\d{2,5})\\b|\\bnc[ \\t]+-\\w*z\\w*[ \\t]+(?:-w ?\\d+[ \\t]+)?["']?${HOST}["']?[ \\t]+(\\d{2,5})\\b`,
	"gi",
);
const CHECKS = /health|smoke|check|probe|wait|verify|status|doctor|monitor|ready|alive|ping|live|boot|test-/i;

const probesIn = (file: SourceFile): Probe[] =>
	[...file.text.matchAll(ASKS)].flatMap(({ 0: shown, 1: url, 2: test, 3: nc, index }) => {
		const port = url ?? test ?? nc!;
		const at = index + shown.lastIndexOf(port);
		const line = file.placeAt(index).text;
		return isComment(file, index) || !CHECKS.test(`${file.path} ${line}`) ? [] : [{ file, at, port, shown }];
	});

const GENERAL =
	/^(?:http|https|localhost|host|port|url|uri|test|check|wait|curl|health|healthz|status|ready|live|readyz|livez|time|max|out|null|dev|echo|exit|fail|failed|failure|silent|show|error|true|false|for|not|and|then|function|invoke|webrequest|restmethod|netconnection|tcp|probe|until|while|sleep|the|with|service|server|name|api|app|core|ok|use|basic|parsing|timeout|sec|seconds|computername|write|address|addr|retry|connrefused|version)$/;

/** Words of the line that may name a service. */
const labelsOf = ({ file, at, shown }: Probe): string[] => {
	const line = file.placeAt(at).text.replaceAll(shown, " ");
	const words = line.replaceAll(/\/[\w./-]+/g, " ").split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/);
	return [
		...new Set(
			words
				.map((word) => word.toLowerCase())
				.filter((word) => word.length > 2 && !/^\d+$/.test(word) && !GENERAL.test(word)),
		),
	];
};

function faultOf(tree: Tree, probe: Probe): Found | undefined {
	const { file, at, port, shown } = probe;
	const others = tree.files.filter(
		(one) =>
			one !== file &&
			/^(?:live|docs|example)$/.test(standingOf(one.path)) &&
			one.text.length < 200_000 &&
			!isAside(one.path),
	);
	const own = new RegExp(`(?<![\\d.])${port}(?![\\d.])`);
	if (others.some(({ text }) => own.test(text))) return undefined;
	for (const label of labelsOf(probe)) {
		const sides = others.flatMap((one) => portsOf(one, label));
		const ports = [...new Set(sides.map((side) => side.port))];
		if (ports.length !== 1) continue;
		const right = ports[0]!;
		return {
			message: `${file.path} asks for ${label} on port ${port} (${shown.slice(0, 60)}), which nothing else names: ${label} has ${right}`,
			evidence: [placeIn(file, file.lineAt(at)), ...sides.slice(0, 4).map(({ place }) => place)],
			fix: { say: `write ${right} for ${port}`, ...editAt(file, at, port, right) },
		};
	}
	return undefined;
}

/** Ports that a file gives to what is called so: `WORKER_HEALTH_PORT=9465`, the row of a table, a key below the name. */
function portsOf(file: SourceFile, label: string): { port: string; place: FilePlace }[] {
	if (!file.text.toLowerCase().includes(label)) return [];
	const named = new RegExp(`(?<![A-Za-z])${label}(?![a-z])`, "i");
	return file.lines.flatMap((line, index) => {
		const row = /^\s*\|([^|]*)\|(.*)$/.exec(line);
		const [head, rest] = row === null ? [line, line] : [row[1]!, row[2]!.split("|")[0]!];
		if (
			!named.test(head) ||
			(row === null && !/port|listen|https?:\/\/|:\d{4}/i.test(line)) ||
			isComment(file, file.startOf(index + 1) + line.search(/\S/))
		)
			return [];
		const all = [...rest.matchAll(/(?:(?<=[:= "'(])|(?<=^))(\d{4,5})(?=[\s"'`/),;|]|$)/g)].map(([, port]) => port!);
		return new Set(all).size === 1 ? [{ port: all[0]!, place: placeIn(file, index + 1) }] : [];
	});
}
