import { createHash } from "node:crypto";
import { leaving, leavingJson } from "../../secrets/leaving.ts";
import { endedSilence } from "../silences.ts";
import type { CheckResult, Place } from "../triage-check.ts";
import type { ReportedFinding, TriageReport } from "../triage-report.ts";
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
	facts?: readonly ShownFact[];
}

/** Text of anybody as HTML: without secrets and control characters, and never a tag. */
const text = (raw: string): string =>
	leaving(raw).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)!};`);

const hashOf = (source: string): string => `'sha256-${createHash("sha256").update(source).digest("base64")}'`;

/** The report as one page that needs nothing else: no request leaves it, and only its own script runs (CSP level 3). */
export function pageOf(parts: PageParts): string {
	const { report, of, at, causes = [], facts = [] } = parts;
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
${section(
	"unseen",
	"Could not look",
	report.couldNotLook.map(
		({ check, instance, what, how }) =>
			`<p><b>${text(check)}</b>${instance === undefined ? "" : ` (${text(instance)})`}: ${text(what)}<br>→ ${text(how)}</p>`,
	),
)}
${section(
	"silences",
	"Silences",
	report.silences.map(
		(one) =>
			`<p>${text(one.state === "silencing" ? `${one.check} ${one.fingerprint}: ${one.findings} findings since ${one.since}, until ${one.until}; ${one.owner}: ${one.reason}` : endedSilence(one))}</p>`,
	),
)}
${factTable(facts)}
${checkTable(parts)}
</main>
<script type="application/json" id="report">${data}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function summary({ findings, lookedAt, couldNotLook, since }: TriageReport): string {
	const of = (severity: string) => findings.filter((one) => one.severity === severity).length;
	const found = `${of("error")} errors, ${of("warning")} warnings, ${of("note")} notes`;
	const known = since === undefined ? "" : `; ${since.known} more are in ${text(since.revision)} too`;
	return `${found}${known}. ${lookedAt.checks} checks looked at ${lookedAt.files} files and ${lookedAt.instances.length} instances; ${couldNotLook.length} times one could not look.`;
}

const section = (id: string, title: string, items: readonly string[]): string =>
	items.length === 0
		? ""
		: `<section aria-labelledby="h-${id}"><h2 id="h-${id}">${title}</h2>\n${items.join("\n")}\n</section>`;

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
	`<div><h3>${text(title)}</h3><pre tabindex="0" role="group" aria-label="Evidence of the cause">${evidence.map(text).join("\n")}</pre><p class="dim">explains: ${symptoms.map(text).join(", ")}</p></div>`;

/** Instances × checks, the worst instance first. */
function matrix({ results }: PageParts): string {
	const ran = results.filter(({ instance }) => instance !== undefined);
	if (ran.length === 0) return "";
	const checks = [...new Map(ran.map(({ check }) => [check.id, check.code])).keys()];
	const rows = [...Map.groupBy(ran, ({ instance }) => instance!)].toSorted(([, a], [, b]) => foundIn(b) - foundIn(a));
	const head = checks.map((id) => `<th scope="col">${text(id)}</th>`).join("");
	const body = rows.map(([instance, own]) => {
		const cells = checks.map((id) => cell(own.find(({ check }) => check.id === id)));
		return `<tr><th scope="row">${text(instance)}</th>${cells.join("")}</tr>`;
	});
	return `<section aria-labelledby="h-matrix"><h2 id="h-matrix">Instances</h2><div class="scroll" tabindex="0" role="group" aria-label="Instances and checks"><table><caption>What each check saw of each instance, the worst first</caption><thead><tr><th scope="col">instance</th>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div></section>`;
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
	facts.length === 0
		? ""
		: `<section aria-labelledby="h-facts"><h2 id="h-facts">Facts</h2><div class="scroll" tabindex="0" role="group" aria-label="Facts"><table><caption>What the files state, and where</caption><thead><tr><th scope="col">kind</th><th scope="col">name</th><th scope="col">value</th><th scope="col">places</th></tr></thead><tbody>${facts.map(({ kind, name, value, places }) => `<tr><td>${text(kind)}</td><th scope="row">${text(name)}</th><td>${text(value)}</td><td>${places.map(text).join("<br>")}</td></tr>`).join("\n")}</tbody></table></div></section>`;

function checkTable({ results }: PageParts): string {
	const rows = results
		.filter(({ instance }) => instance === undefined)
		.map((one) => {
			const { check, outcome, ms } = one;
			return `<tr><th scope="row">${text(check.id)}</th><td>${text(check.question)}</td>${cell(one)}<td>${text(outcome.looked)}</td><td>${ms} ms</td></tr>`;
		});
	return rows.length === 0
		? ""
		: `<section aria-labelledby="h-checks"><h2 id="h-checks">What was looked at</h2><div class="scroll" tabindex="0" role="group" aria-label="Checks"><table><caption>Every check that ran</caption><thead><tr><th scope="col">check</th><th scope="col">asks</th><th scope="col">saw</th><th scope="col">looked at</th><th scope="col">took</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}
