import { resolve } from "node:path";
import { bundleOf } from "../checks/bundle.ts";
import { shownFacts } from "../checks/html/shown-facts.ts";
import type { FixReport } from "../checks/fix/apply.ts";
import { pageOf } from "../checks/html/page.ts";
import type { TriageReport } from "../checks/triage-report.ts";
import { Tree } from "../checks/tree/tree.ts";
import { writeDurably } from "../system/durable-files.ts";
import type { TriageRun } from "./triage-run.ts";

/** What `cres triage` returns under --json. */
export interface TriageResult extends TriageReport {
	/** With --fix. */
	fixes?: FixReport[];
	/** With --html and --bundle: where they were written. */
	html?: string;
	bundle?: string;
}

/** Writes the files that were asked for. */
export async function filesOf(
	{ report, results, tree, facts, lookedAt }: TriageRun,
	flags: { html?: string | undefined; bundle?: string | undefined },
	version: string,
): Promise<Pick<TriageResult, "html" | "bundle">> {
	const [html, bundle] = [flags.html, flags.bundle].map((path) => (path === undefined ? undefined : resolve(path)));
	const at = new Date(lookedAt).toISOString();
	const causes = (report.causes ?? []).map(({ finding, symptoms }) => ({
		title: `${finding.code} ${finding.message}`,
		evidence: finding.evidence.map((place) => ("host" in place ? `${place.host}: ${place.text}` : place.text)),
		symptoms: symptoms.map(({ code, message }) => `${code} ${message}`),
	}));
	const of = tree?.root ?? "instances";
	if (html !== undefined) {
		const shown = tree === undefined ? [] : shownFacts(tree);
		await writeDurably(html, pageOf({ report, results, of, at, causes, facts: shown, runtime: facts }));
	}
	if (bundle !== undefined) {
		const files = tree ?? new Tree({ root: "/", files: [], paths: [] });
		await writeDurably(bundle, await bundleOf({ tree: files, runtime: facts, cres: version, made: at }), {
			mode: 0o600,
		});
	}
	return { ...(html === undefined ? {} : { html }), ...(bundle === undefined ? {} : { bundle }) };
}
