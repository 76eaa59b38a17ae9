import { nearest } from "../../system/nearest.ts";
import { outlineOf } from "../facts/outline.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { askedJobs, scrapeJobs } from "../facts/scrape-jobs.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS541",
	scope: "static",
	severity: "error",
	question:
		"Does a program of the tree export every metric, and Prometheus scrape every job, that an alert or a dashboard asks for?",
	why: "A rule over a metric that nobody has is never true and never an error: the alert stays silent when it is needed.",
	example: '`expr: rate(app_failures_total[5m]) > 0.2`, and the code has `Counter("app_errors_total", …)`: write that.',
	run(tree) {
		const asked = tree.in("yaml", "json").filter(isLive).flatMap(askedIn);
		const exported = asked.length === 0 ? [] : tree.in("python", "javascript").filter(isLive).flatMap(exportedIn);
		const own = new Set(exported.map(({ name }) => prefixOf(name)));
		const known = new Set([...exported.map(({ name }) => baseOf(name)), ...recordedIn(tree)]);
		const findings = asked
			.filter(({ name }) => own.has(prefixOf(name)) && !known.has(baseOf(name)) && !isElsewhere(tree, name))
			.map((one) => finding(one, exported));
		return { looked: `${asked.length} metrics in alerts and dashboards`, findings: [...findings, ...goneJobs(tree)] };
	},
} satisfies StaticCheck;

interface Metric {
	name: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const isLive = ({ path, text }: SourceFile): boolean => standingOf(path) === "live" && text.length < 400_000;

/** What the clients of Prometheus add to a name (prometheus.io/docs/instrumenting/writing_clientlibs). */
const baseOf = (name: string): string => name.replace(/_(?:total|bucket|count|sum|created|info)$/, "");
const prefixOf = (name: string): string => name.slice(0, name.indexOf("_") + 1);

/** `expr:` of a rule, over one line or a block; `"expr": "…"` of a dashboard of Grafana. */
function expressionsIn(file: SourceFile): { text: string; file: SourceFile; line: number }[] {
	if (!file.includes("expr")) return [];
	const lines =
		file.language === "yaml"
			? outlineOf(file).filter(({ path }) => path.at(-1) === "expr")
			: file
					.matches(/"expr"\s*:\s*"((?:[^"\\\n]|\\.)*)"/g)
					.map(({ 1: text, index }) => ({ value: text!.replaceAll('\\"', '"'), line: file.lineAt(index) }));
	return lines.map(({ value, line }) => ({ text: value, file, line }));
}

const askedIn = (file: SourceFile): Metric[] =>
	expressionsIn(file).flatMap(({ text, line }) => [...new Set(namesIn(text))].map((name) => ({ name, file, line })));

/** A job that no scrape has, where others that are asked for are there. */
function goneJobs(tree: Tree): Found[] {
	const known = scrapeJobs(tree);
	if (known === undefined || known.length === 0) return [];
	const asked = askedJobs(tree.in("yaml", "json").filter(isLive).flatMap(expressionsIn));
	const has = ({ name }: { name: string }): boolean => known.some((one) => one.name === name);
	if (!asked.some(has)) return [];
	const gone = Map.groupBy(
		asked.filter((one) => !has(one)),
		({ name, file, line }) => `${name} ${file.path} ${line}`,
	);
	return [...gone.values()].map(([one]): Found => {
		const { name, file, line } = one!;
		const idle = known.filter((job) => !asked.some((other) => other.name === job.name));
		const words = new Set(name.split(/[-_]/));
		const near = idle.filter((job) => job.name.split(/[-_]/).some((word) => words.has(word)));
		const meant = near.length === 1 ? near[0]! : undefined;
		return {
			message: `${file.path} asks for the job ${name}, and ${known[0]!.file.path} scrapes none of that name`,
			evidence: [placeIn(file, line), placeIn(known[0]!.file, (meant ?? known[0]!).line)],
			fix:
				meant === undefined
					? { say: `write one of ${known.map((job) => job.name).join(", ")}, or scrape ${name}` }
					: { say: `write ${meant.name}`, ...editOf(file, line, name, meant.name) },
		};
	});
}

/** Names of metrics: no functions, no labels, no texts. */
const namesIn = (expression: string): string[] =>
	expression
		.replaceAll(/"[^"]*"|'[^']*'|\{[^}]*\}|\[[^\]]*\]/g, " ")
		.replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
		.match(/(?<![\w:$])[a-z]\w*_\w+(?![\w:]|\s*\()/g) ?? [];

/** `Counter("app_errors_total", …)`, `new Counter({ name: "app_errors_total" })`; of a name that is put together nothing is known. */
const EXPORTED =
	/\b(?:Counter|Gauge|Histogram|Summary|Info|Enum)\(\s*(?:\{(?:[^{}]|\{[^{}]*\})*?\bname\s*:\s*)?["'`]([a-z]\w*_\w+)["'`]/g;

const exportedIn = (file: SourceFile): Metric[] =>
	!file.has(/prometheus|prom-client|opentelemetry/i) || file.has(/\b(?:namespace|subsystem|prefix)\s*[=:]/)
		? []
		: file
				.matches(EXPORTED)
				.filter(({ index }) => !isComment(file, index))
				.map(({ 0: all, 1: name, index }) => ({ name: name!, file, line: file.lineAt(index + all.length - 1) }));

const recordedIn = (tree: Tree): string[] =>
	tree
		.in("yaml")
		.flatMap((file) => file.matches(/^\s*(?:-\s+)?record:\s*["']?([\w:]+)/gm).map(([, name]) => baseOf(name!)));

/** Another file names it, or code puts it together. */
function isElsewhere(tree: Tree, name: string): boolean {
	const base = baseOf(name);
	const rest = base.slice(prefixOf(base).length);
	const whole = new RegExp(`(?<![\\w])(?:${base}|${rest})(?:_total)?(?!\\w)`);
	return tree.files.some(
		({ language, text, path }) =>
			!/^(?:yaml|json|markdown)$/.test(language) &&
			standingOf(path) !== "docs" &&
			text.includes(rest) &&
			whole.test(text),
	);
}

function finding({ name, file, line }: Metric, exported: readonly Metric[]): Found {
	const alike = exported.filter((one) => prefixOf(one.name) === prefixOf(name));
	const words = new Set(name.split("_"));
	const shared = (one: Metric): number => one.name.split("_").filter((word) => words.has(word)).length;
	const [best, next] = alike.toSorted((a, b) => shared(b) - shared(a));
	const near = nearest(
		name,
		alike.map((one) => one.name),
	);
	const meant =
		alike.find((one) => one.name === near) ?? (next === undefined || shared(best!) > shared(next) ? best : undefined);
	return {
		message: `${file.path} asks for the metric ${name}, and no program of the tree exports it`,
		evidence: [
			placeIn(file, line),
			...(meant === undefined ? alike.slice(0, 3) : [meant]).map((one) => placeIn(one.file, one.line)),
		],
		fix:
			meant === undefined
				? {
						say: `write one of ${alike
							.slice(0, 5)
							.map((one) => one.name)
							.join(", ")}, or export it`,
					}
				: { say: `write ${meant.name}, or export ${name}`, ...editOf(file, line, name, meant.name) },
	};
}
