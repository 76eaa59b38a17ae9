import type { Config } from "../config/config.ts";
import { cleanOfLiterals } from "../secrets/literals.ts";
import { lintAgainstGit } from "./lint-git.ts";
import { lintPlan, withEntries, type Diagnostic, type DiagnosticCode } from "./lint.ts";
import type { PlanPorts } from "./add.ts";
import { PLAN_FILE } from "./plan-file.ts";
import { readPlan, type Plan } from "./reader.ts";
import { revertedBy } from "./status.ts";
import { verifyEntries } from "./verify.ts";

export interface LintOptions {
	/** Also run the recorded checks. */
	run: boolean;
	/** False: of the checks, those of files alone. */
	network: boolean;
	/** Codes to report; none: all. */
	only: readonly string[];
	ignore: readonly string[];
}

/** What `cres plan lint` returns under --json. */
export interface LintReport {
	document: string;
	entries: number;
	diagnostics: Diagnostic[];
	/** What was not looked at, and how it can be. */
	notLookedAt: string[];
}

/** What is wrong in the text, against git, and, when asked, against what the checks look at. */
export async function lintDocument(
	ports: PlanPorts & { config: Config },
	text: string,
	options: LintOptions,
): Promise<LintReport> {
	const plan = readPlan(text);
	const wants = (code: DiagnosticCode): boolean =>
		(options.only.length === 0 || options.only.includes(code)) && !options.ignore.includes(code);
	const root = ports.config.root;
	const history = wants("claim-not-in-commit") || wants("zone-drift");
	const git = history ? await lintAgainstGit({ ...ports, root }, plan.entries) : [];
	const failing = options.run && wants("check-fails") ? await failingChecks(ports, plan, options) : [];
	const found = withEntries([...lintPlan(plan), ...(git ?? []), ...failing], plan.entries);
	return {
		document: PLAN_FILE,
		entries: plan.entries.length,
		diagnostics: cleanOfLiterals(found.filter(({ code }) => wants(code))),
		notLookedAt: [
			...(git === undefined ? ["claim-not-in-commit: git does not know docs/PLAN.md; commit it"] : []),
			...(options.run || !wants("check-fails") ? [] : ["check-fails: --run runs the recorded checks"]),
		],
	};
}

/** What was taken back need not hold. */
async function failingChecks(
	ports: PlanPorts,
	{ document, entries }: Plan,
	{ network }: LintOptions,
): Promise<Diagnostic[]> {
	const reverted = revertedBy(document);
	const standing = entries.filter(({ id, anchor }) => !reverted.has(id) && !reverted.has(anchor));
	const { claims } = await verifyEntries(standing, { ...ports, root: ports.config.root, network }, PLAN_FILE);
	return claims
		.filter(({ verdict }) => verdict === "false")
		.map(({ line, claim, observed }) => ({
			code: "check-fails",
			line,
			entry: null,
			message: `\`${claim}\`: ${observed}`,
		}));
}
