import { createHash } from "node:crypto";
import { UserError } from "../errors/errors.ts";
import { leaving } from "../secrets/leaving.ts";
import type { GitHub } from "./client.ts";
import { assertTitle } from "./names.ts";
import { labelSchema, type Issue } from "./schemas.ts";

/** Whoever may not write to the repository cannot give it to an issue: what strangers open is never taken for ours. */
const LABEL = "cres";
/** Characters that GitHub takes; the marker has its place in them. */
const LONGEST_BODY = 64_000;
/** A longer row of backticks is not shown as it is. */
const LONGEST_FENCE = 200;

export interface WantedIssue {
	title: string;
	/** Undefined or blank: there is nothing to report. */
	text: string | undefined;
	/** Whether the text is Markdown; other text is shown as it is. */
	markdown: boolean;
	dryRun: boolean;
}

/** Same as `cres ci issue --json`. */
export interface IssueReport {
	action: "created" | "updated" | "reopened" | "closed" | "unchanged";
	title: string;
	/** Null: there is none, or --dry-run would create it. */
	number: number | null;
	url: string | null;
	dryRun: boolean;
}

/** In the body of each issue that `cres ci issue` writes; it holds for one title. */
export const markerOf = (title: string): string =>
	`<!-- cres ci issue ${createHash("sha256").update(title).digest("hex").slice(0, 12)} -->`;

/** The body of an issue: without secrets, cut where GitHub would refuse it, with the marker at its end. */
export function bodyOf({ title, text = "", markdown }: Omit<WantedIssue, "dryRun">): string {
	const clean = leaving(text).trimEnd();
	const kept = clean.slice(0, LONGEST_BODY).toWellFormed();
	const parts = [markdown ? kept : asItIs(kept), ...(clean.length > LONGEST_BODY ? ["… cut here"] : [])];
	return `${[...parts, markerOf(title)].join("\n\n")}\n`;
}

/** A block of code: else GitHub would join its lines, and call the people whose names stand behind an @. */
function asItIs(text: string): string {
	const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([row]) => row.length));
	const fence = "`".repeat(Math.min(LONGEST_FENCE, Math.max(3, longest + 1)));
	return `${fence}text\n${text}\n${fence}`;
}

/**
 * Keeps one issue of that title: opened, reopened or updated while there is something to report, closed when there is
 * not. A second one, which two runs at once can have opened, is closed.
 * @throws UserError title_invalid (usage), github_refused where it gets no label, and those of the client
 */
export async function keepIssue(github: GitHub, wanted: WantedIssue): Promise<IssueReport> {
	const { title, text, dryRun } = wanted;
	assertTitle(title);
	const ours = (await github.issues(LABEL))
		.filter((issue) => issue.title === title && issue.body.includes(markerOf(title)))
		.toSorted(openFirst);
	const [issue, ...others] = ours;
	const report = (action: IssueReport["action"], of: Issue | undefined = issue): IssueReport => ({
		...{ action, title, number: of?.number ?? null, url: of?.url ?? null, dryRun },
	});
	const change = async (action: IssueReport["action"], fields: Parameters<GitHub["updateIssue"]>[1]) =>
		report(action, dryRun ? issue : await github.updateIssue(issue!.number, fields));
	if (!dryRun) for (const { number } of others.filter(isOpen)) await github.updateIssue(number, { state: "closed" });
	if (text === undefined || text.trim() === "")
		return issue && isOpen(issue) ? change("closed", { state: "closed" }) : report("unchanged");
	const body = bodyOf(wanted);
	if (!issue) return report("created", dryRun ? undefined : await create(github, { title, body }));
	if (!isOpen(issue)) return change("reopened", { state: "open", body });
	return issue.body.trim() === body.trim() ? report("unchanged") : change("updated", { body });
}

/** GitHub drops a label that the repository does not have, and says nothing: the next run would not find its issue. */
async function create(github: GitHub, issue: { title: string; body: string }): Promise<Issue> {
	const known = await github.request("GET /labels/{name}", { name: LABEL }, labelSchema);
	if (!known) await github.request("POST /labels", { name: LABEL }, labelSchema);
	const made = await github.createIssue({ ...issue, labels: [LABEL] });
	if (made.labels.includes(LABEL)) return made;
	throw new UserError("github_refused", `GitHub has given issue #${made.number} no label ${LABEL}`, {
		hint: `give it that label, else the next run opens another one: ${made.url}`,
	});
}

const isOpen = ({ state }: Pick<Issue, "state">): boolean => state === "open";

/** Open ones first, of these the oldest; of closed ones the newest. */
const openFirst = (a: Issue, b: Issue): number => {
	if (a.state !== b.state) return isOpen(a) ? -1 : 1;
	return isOpen(a) ? a.number - b.number : b.number - a.number;
};

/** One line. */
export function renderIssue({ action, title, number, url, dryRun }: IssueReport): string {
	const what = number === null ? `"${title}"` : `#${number} "${title}"`;
	const said = dryRun && action !== "unchanged" ? `would be ${action}` : action;
	return `issue ${what}: ${said}${url === null ? "" : `\n  ${url}`}`;
}
