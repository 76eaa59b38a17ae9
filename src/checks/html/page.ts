import { createHash } from "node:crypto";
import { leavingJson } from "../../secrets/leaving.ts";
import type { RuntimeFacts } from "../runtime/facts.ts";
import { endedSilence } from "../silences.ts";
import type { CheckResult, Place } from "../triage-check.ts";
import type { ReportedFinding, TriageReport } from "../triage-report.ts";
import { section, table, text } from "./elements.ts";
import { pollerTable, timeline } from "./runtime-tables.ts";
import { SCRIPT, STYLE } from "./style.ts";

/** A fact of the tree as the page lists it. */
export interface ShownFact {
	kind: string;
	name: string;
	value: string;
	/** `path:line` */
	places: readonly string[];
}

/** A cause with the symptoms that it explains. */
export interface ShownCause {
	title: string;
	/** Quoted, the strongest first. */
	evidence: readonly string[];
	symptoms: readonly string[];
}

export interface PageParts {
	report: TriageReport;
	results: readonly CheckResult[];
	/** What was looked at: a folder, a bundle, a project. */
	of: string;
	/** RFC 3339. */
	at: string;
	causes?: readonly ShownCause[];
	/** Of the files. */
	facts?: readonly ShownFact[];
	/** What instances and Temporal said. */
	runtime?: RuntimeFacts | undefined;
}

const hashOf = (source: string): string => `'sha256-${createHash("sha256").update(source).digest("base64")}'`;

/** The report as one page that needs nothing else: no request leaves it, and only its own script runs (CSP level 3). */
export function pageOf(parts: PageParts): string {
	const { report, of, at, causes = [], facts = [], runtime } = parts;
	const policy = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;
	const data = leavingJson(report, 0).replaceAll("<", "\\u003c");
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Triage of ${text(of)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#findings">To the findings</a>
<header><h1>Triage of ${text(of)}</h1><p>${summary(report)}</p><p class="dim"><time datetime="${text(at)}">${text(at)}</time></p></header>
<main>
${matrix(parts)}
${section("causes", "Causes", causes.map(renderCause))}
<section id="findings" aria-labelledby="h-findings"><h2 id="h-findings">Findings</h2>
<div id="filtering" hidden><label>Filter <input id="filter" type="search" autocomplete="off"></label><p id="count" role="status" class="dim"></p></div>
${report.findings.map(renderFinding).join("\n") || "<p>Nothing was found.</p>"}
</section>
${section("unseen", "Could not look", report.couldNotLook.map(renderUnseen))}
${section("silences", "Silences", report.silences.map(renderSilence))}
${runtime === undefined ? "" : `${timeline(runtime, report)}\n${pollerTable(runtime)}`}
${factTable(facts)}
${checkTable(parts)}
</main>
<script type="application/json" id="report">${data}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const renderUnseen = ({ check, instance, what, how }: TriageReport["couldNotLook"][number]): string =>
	`<p><b>${text(check)}</b>${instance === undefined ? "" : ` (${text(instance)})`}: ${text(what)}<br>→ ${text(how)}</p>`;

function renderSilence(one: TriageReport["silences"][number]): string {
	if (one.state !== "silencing") return `<p>${text(endedSilence(one))}</p>`;
	const { check, fingerprint, findings, since, until, owner, reason } = one;
	return `<p>${text(`${check} ${fingerprint}: ${findings} findings since ${since}, until ${until}; ${owner}: ${reason}`)}</p>`;
}

function summary({ findings, lookedAt, couldNotLook, since }: TriageReport): string {
	const of = (severity: string) => findings.filter((one) => one.severity === severity).length;
	const found = `${of("error")} errors, ${of("warning")} warnings, ${of("note")} notes`;
	const known = since === undefined ? "" : `; ${since.known} more are in ${text(since.revision)} too`;
	return `${found}${known}. ${lookedAt.checks} checks looked at ${lookedAt.files} files and ${lookedAt.instances.length} instances; ${couldNotLook.length} times one could not look.`;
}

const place = (one: Place): string =>
	"path" in one
		? `${one.path}:${one.line}  ${one.text.trim()}`
		: `${one.host}${one.program === undefined ? "" : ` ${one.program}`}${one.at === undefined ? "" : ` ${one.at}`}  ${one.text.trim()}`;

const renderFinding = ({ severity, code, check, instance, message, evidence, fix, title }: ReportedFinding): string =>
	`<article class="${severity}"><h3><b>${severity}</b> ${text(code)} ${text(check)}${instance === undefined ? "" : ` on ${text(instance)}`}</h3>
<p>${text(message)}</p><p class="dim">${text(title)}</p>
<pre tabindex="0" role="group" aria-label="Evidence of ${text(check)}">${evidence.map((one) => text(place(one))).join("\n")}</pre>
<p>→ ${text(fix.say)}</p></article>`;

const renderCause = ({ title, evidence, symptoms }: ShownCause): string =>
	`<div><h3>${text(title)}</h3><pre tabindex="0" role="group" aria-label="Evidence of the cause">${evidence.map(text).join("\n")}</pre>${symptoms.length === 0 ? "" : `<p class="dim">explains: ${symptoms.map(text).join(", ")}</p>`}</div>`;

/** Instances × checks, the worst instance first. */
function matrix({ results }: PageParts): string {
	const ran = results.filter(({ instance }) => instance !== undefined);
	if (ran.length === 0) return "";
	const checks = [...new Map(ran.map(({ check }) => [check.id, check.code])).keys()];
	const rows = [...Map.groupBy(ran, ({ instance }) => instance!)].toSorted(([, a], [, b]) => foundIn(b) - foundIn(a));
	const body = rows.map(([instance, own]) => {
		const cells = checks.map((id) => cell(own.find(({ check }) => check.id === id)));
		return `<tr><th scope="row">${text(instance)}</th>${cells.join("")}</tr>`;
	});
	return table(
		"matrix",
		"Instances",
		"What each check saw of each instance, the worst first",
		["instance", ...checks],
		body,
	);
}

const foundIn = (results: readonly CheckResult[]): number =>
	results.reduce((sum, { outcome }) => sum + outcome.findings.length, 0);

function cell(result: CheckResult | undefined): string {
	if (result === undefined) return "<td>–</td>";
	const { check, outcome } = result;
	const [first] = outcome.findings;
	if (first !== undefined)
		return `<td class="${first.severity ?? check.severity}">${outcome.findings.length} ${first.severity ?? check.severity}</td>`;
	return (outcome.couldNotLook ?? []).length > 0 ? "<td>could not look</td>" : '<td class="ok">ok</td>';
}

const factTable = (facts: readonly ShownFact[]): string =>
	table(
		"facts",
		"Facts",
		"What the files state, and where; all of them: cres triage facts",
		["kind", "name", "value", "places"],
		facts.map(({ kind, name, value, places }) => {
			const stated = `<td>${text(value)}</td><td>${places.map(text).join("<br>")}</td>`;
			return `<tr><td>${text(kind)}</td><th scope="row">${text(name)}</th>${stated}</tr>`;
		}),
	);

function checkTable({ results }: PageParts): string {
	const rows = results
		.filter(({ instance }) => instance === undefined)
		.map((one) => {
			const { check, outcome, ms } = one;
			return `<tr><th scope="row">${text(check.id)}</th><td>${text(check.question)}</td>${cell(one)}<td>${text(outcome.looked)}</td><td>${ms} ms</td></tr>`;
		});
	return table(
		"checks",
		"What was looked at",
		"Every check that ran",
		["check", "asks", "saw", "looked at", "took"],
		rows,
	);
}
