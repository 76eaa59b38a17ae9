import { join } from "node:path";
import { messageOf } from "../../errors/errors.ts";
import { writeDurably } from "../../system/durable-files.ts";
import { readTextIfExists } from "../../system/files.ts";
import type { ReportedFinding } from "../triage-report.ts";
import { diffOf, edited } from "./edit.ts";

/** What became of the edit of one finding. */
export interface FixReport {
	check: string;
	fingerprint: string;
	path: string;
	diff: string;
	/**
	 * `fixed`: the check does not find it any more. `undone`: it still does, and the file is as before. `changed`: the
	 * line reads otherwise by now. `failed`: the file cannot be written. `planned`: --dry-run.
	 */
	outcome: "fixed" | "undone" | "changed" | "failed" | "planned";
	/** Why it failed. */
	detail?: string;
}

export interface FixPorts {
	/** Of the tree, absolute. */
	root: string;
	dryRun: boolean;
	/** Runs one check on the tree with a file of it as it is now. */
	look(check: string, path: string): Promise<readonly Pick<ReportedFinding, "fingerprint">[]>;
	/** Before anything is written. */
	show(diff: string): void;
	signal: AbortSignal;
}

/**
 * Applies the edits of findings, one after the other, each in one step: its diff is shown, the file is written, its check
 * runs again, and what did not help is taken back. An interrupted run leaves whole files: fixed or as before.
 */
export async function applyFixes(findings: readonly ReportedFinding[], ports: FixPorts): Promise<FixReport[]> {
	const reports: FixReport[] = [];
	// From the end of each file, so that a line that goes moves none of the others.
	const inOrder = findings.toSorted((a, b) => (b.fix.edit?.line ?? 0) - (a.fix.edit?.line ?? 0));
	for (const finding of inOrder) {
		ports.signal.throwIfAborted();
		const report = await applyOne(finding, ports);
		if (report !== undefined) reports.push(report);
	}
	return reports;
}

async function applyOne({ check, fingerprint, fix }: ReportedFinding, ports: FixPorts): Promise<FixReport | undefined> {
	if (fix.edit === undefined) return undefined;
	const path = join(ports.root, fix.edit.path);
	const common = { check, fingerprint, path: fix.edit.path };
	const text = await readTextIfExists(path);
	const next = text === undefined ? undefined : edited(text, fix.edit);
	if (text === undefined || next === undefined) return { ...common, diff: "", outcome: "changed" };
	const diff = diffOf(text, fix.edit);
	ports.show(diff);
	if (ports.dryRun) return { ...common, diff, outcome: "planned" };
	if (text.includes(NO_UTF8)) return { ...common, diff, outcome: "failed", detail: "it is not UTF-8" };
	const look = () => ports.look(check, common.path);
	const before = await look();
	try {
		await writeDurably(path, next);
	} catch (error) {
		return { ...common, diff, outcome: "failed", detail: messageOf(error) };
	}
	const goBack = async () => {
		if ((await readTextIfExists(path)) === next) await writeDurably(path, text); // else somebody wrote it since
	};
	return { ...common, diff, outcome: await verified({ before, fingerprint }, look, goBack) };
}

/** What a decoder puts where bytes are no UTF-8: writing it would change more than the line. */
const NO_UTF8 = "\uFFFD";

type Looked = readonly Pick<ReportedFinding, "fingerprint">[];

/** The fix counts when its finding is gone and nothing came instead; else the file goes back. */
async function verified(
	{ before, fingerprint }: { before: Looked; fingerprint: string },
	look: () => Promise<Looked>,
	goBack: () => Promise<void>,
): Promise<"fixed" | "undone"> {
	const count = (all: Looked) => all.filter((one) => one.fingerprint === fingerprint).length;
	try {
		const after = await look();
		if (count(after) < count(before) && after.length < before.length) return "fixed";
	} catch (error) {
		await goBack();
		throw error;
	}
	await goBack();
	return "undone";
}

const OUTCOME: Readonly<Record<FixReport["outcome"], string>> = {
	fixed: "fixed: the check does not find it any more",
	undone: "undone: the check still finds it",
	changed: "not applied: the line reads otherwise by now",
	failed: "not applied: the file cannot be written",
	planned: "not applied: --dry-run",
};

/** One line a fix. */
export const renderFixes = (reports: readonly FixReport[]): string =>
	reports.length === 0
		? "no finding has a fix that can be applied; do what stands behind →"
		: reports
				.map(
					({ check, path, outcome, detail }) =>
						`${check}  ${path}  ${OUTCOME[outcome]}${detail === undefined ? "" : ` (${detail})`}`,
				)
				.join("\n");
