import { UserError } from "../errors/errors.ts";
import { didYouMean } from "../system/nearest.ts";
import { COLUMNS, table, wrap } from "../system/text.ts";
import { silenceBlock } from "./silences.ts";
import type { CheckResult, Named, StaticCheck } from "./triage-check.ts";
import type { ReportedFinding } from "./triage-report.ts";

/** One check as `cres triage list` and `cres triage explain` show it. */
export type ShownCheck = Omit<CheckResult["check"], "example" | "why">;

/** What a check is about, and how its findings of a tree are silenced. */
export interface Explained {
	check: CheckResult["check"];
	findings: ReportedFinding[];
	/** The lines of cres.yaml that silence them. */
	silence: string;
}

/** Any check of triage, as far as it can be told about. */
export type Told = Named<Omit<StaticCheck, "run" | "scope" | "waits">> & { scope: "static" | "runtime" };

/** A check by its id or code, whatever its case. @throws UserError unknown_check (usage) */
export function checkCalled<C extends Pick<Told, "id" | "code">>(checks: readonly C[], name: string): C {
	const found = checks.find(({ id, code }) => [id, code.toLowerCase()].includes(name.toLowerCase()));
	if (found !== undefined) return found;
	const known = checks.flatMap(({ id, code }) => [id, code]);
	throw new UserError("unknown_check", `there is no check ${name}`, {
		hint: didYouMean(name, known, "cres triage list shows all"),
	});
}

export const shownCheck = ({ id, code, scope, severity, question }: Told): ShownCheck => ({
	...{ id, code, scope, severity, question },
});

/** A table of all checks, for a screen of so many columns. */
export const renderList = (checks: readonly ShownCheck[], columns = COLUMNS): string =>
	table(
		["CODE", "CHECK", "SEVERITY", "ASKS"],
		checks.map(({ code, id, severity, question }) => [code, id, severity, question]),
		{ columns, drop: ["SEVERITY"] },
	);

/** The block of cres.yaml that silences these findings; nothing when there are none. */
export const silenceOf = (findings: readonly ReportedFinding[], now: number): string =>
	findings.length === 0
		? ""
		: ["triage:", "  silence:", ...findings.map((finding) => silenceBlock(finding, now))].join("\n");

/** Why a check matters, its example, what it found, and the lines that silence that. */
export function renderExplained({ check, findings, silence }: Explained, columns = COLUMNS): string {
	const { id, code, scope, severity, question, why, example } = check;
	const part = (head: string, text: string) =>
		`${head}\n${wrap(text, columns - 2)
			.map((line) => `  ${line}`)
			.join("\n")}`;
	const how =
		findings.length === 0
			? part(
					"How to silence it",
					"It has no finding here. Where it has one, this command prints the lines for cres.yaml.",
				)
			: `How to silence its ${findings.length === 1 ? "finding" : `${findings.length} findings`} here, in cres.yaml (put in the reason and the owner)\n${silence}`;
	return [`${code}  ${id}  (${scope}, ${severity})\n${question}`, part("Why", why), part("Example", example), how].join(
		"\n\n",
	);
}
