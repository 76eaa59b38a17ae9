import { anchorsOf } from "./anchors.ts";
import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import { claimOf } from "../state/claim.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import type { Shell } from "../system/shell.ts";
import type { Check, Recorded } from "./check.ts";
import { checkItem, checkText } from "./check-text.ts";
import { parse } from "./document.ts";
import { changePoints, type Draft } from "./draft.ts";
import { idsOf } from "./ids.ts";
import { plainText } from "./inline.ts";
import { entryText, renderEntry, type PlanEntry } from "./entry.ts";
import { EMPTY, PLAN_FILE, planPath, withEntry, writeEntry } from "./plan-file.ts";
import { floatingLines, knownEndpoints, secretLines, type Forbidden } from "./refusals.ts";
import { runCheck, type CheckPorts, type Verdict } from "./run-check.ts";
import { entryIndex, namesOf } from "./select.ts";
import { stagedChanges } from "./staged.ts";

export interface PlanPorts extends Omit<CheckPorts, "root" | "network"> {
	config: Config;
	shell: Shell;
}

export interface AddOptions {
	/** Write the entry although a check fails; it says so. */
	allowFailing: boolean;
	dryRun: boolean;
	/** Make a table of contents where there is none. */
	contents: boolean;
	/** An entry with the same objective is the same: that of a release. */
	once: boolean;
}

/** What was checked, and what came of it. */
interface RanCheck extends Verdict {
	check: string;
}

/** What `cres plan add` returns under --json. */
export interface Added {
	document: string;
	outcome: "added" | "planned";
	id: string;
	anchor: string;
	title: string;
	/** Text of the entry. */
	entry: string;
	checks: RanCheck[];
}

/**
 * Runs the checks of a draft, and puts its entry with what was seen at the top of docs/PLAN.md.
 * @throws UserError plan_secret, plan_endpoint, plan_no_changes (usage), plan_checks_failed (findings), and those of recordEntry
 */
export async function addEntry(ports: PlanPorts, draft: Draft, options: AddOptions): Promise<Added> {
	const { config, clock } = ports;
	const text = (await readUtf8IfExists(planPath(config.root))) ?? EMPTY;
	if (options.once) assertNew(text, draft);
	const entry = await entryOf(ports, draft, text);
	await assertMayStand(entryText({ ...entry, validation: unchecked(draft) }), config);
	const results = await runAll(draft, { ...ports, root: config.root, network: true });
	if (!options.allowFailing) assertHold(results);
	const whole = { ...entry, at: new Date(clock.now()), validation: groupsOf(draft, results) };
	const rendered = renderEntry(whole);
	await assertMayStand(entryText(whole), config);
	const how = { contents: options.contents, hint: HINT };
	const document = options.dryRun ? await withEntry(text, rendered, how) : await writeEntry(config.root, rendered, how);
	const [first] = document.entries;
	const { entries: anchors } = anchorsOf({ ...document, entries: document.entries.slice(0, 1) });
	const names = { id: idsOf(document.entries)[0]!, anchor: anchors[0]!, title: plainText(first!.title) };
	const checks = [...results].map(([check, verdict]) => ({ check: checkText(check), ...verdict }));
	const outcome = options.dryRun ? "planned" : "added";
	return { document: PLAN_FILE, outcome, ...names, entry: rendered, checks };
}

const HINT = "correct what the message names, then the same command again";

function assertNew(text: string, { objective }: Draft): void {
	const { entries } = parse(text);
	const at = entries.findIndex((one) => one.text.includes(`- Objective: ${objective}`));
	if (at < 0) return;
	const where = `${PLAN_FILE}:${entries[at]!.line}`;
	throw new UserError("plan_recorded", `${where} has that release already`, { hint: `cres plan show ${at + 1}` });
}

async function entryOf(ports: PlanPorts, draft: Draft, text: string): Promise<Omit<PlanEntry, "validation">> {
	const { config, clock } = ports;
	const changes =
		draft.changes.length > 0 ? changePoints(draft.changes) : await stagedChanges({ ...ports, root: config.root });
	return {
		at: new Date(clock.now()),
		by: claimOf("plan", clock).owner,
		...{ title: draft.title, objective: draft.objective, changes },
		...(draft.reverts === undefined ? {} : { reverts: linkTo(text, draft.reverts) }),
		...{ constraints: draft.constraints, rootCause: draft.root_cause, followUp: draft.follow_up },
		rollback: draft.rollback,
	};
}

function linkTo(text: string, asked: string): string {
	const names = namesOf(parse(text));
	const { title, anchor } = names[entryIndex(names, asked)]!;
	return `[${title.replaceAll(/[[\]`]/g, "").replace(/\\+$/, "")}](#${anchor})`;
}

/** The text of the checks before they are run: a pattern may be a secret too. */
const unchecked = ({ checks, validation }: Draft): PlanEntry["validation"] => [
	...validation.map((one) => ({
		label: one.label,
		observed: [...one.checks.map((check) => `\`${checkText(check)}\``), ...one.observed],
	})),
	{ label: "Checks", observed: checks.map((check) => `\`${checkText(check)}\``) },
];

async function runAll({ checks, validation }: Draft, ports: CheckPorts): Promise<Map<Check, Verdict>> {
	const all = [...checks, ...validation.flatMap((one) => one.checks)];
	const verdicts = await Promise.all(all.map((check) => runCheck(check, ports)));
	return new Map(all.map((check, at) => [check, verdicts[at]!]));
}

function assertHold(results: ReadonlyMap<Check, Verdict>): void {
	const open = [...results].filter(([, { verdict }]) => verdict !== "true");
	if (open.length === 0) return;
	const lines = open.map(([check, { verdict, observed }]) => `  ${checkText(check)} is ${verdict}: ${observed}`);
	throw new UserError(
		"plan_checks_failed",
		`nothing was written; ${open.length} of ${results.size} checks do not hold:\n${lines.join("\n")}`,
		{
			hint: "correct what they look at, or record that they fail: the same command with --allow-failing",
		},
	);
}

const OUTCOME: Readonly<Record<Verdict["verdict"], Recorded>> = {
	true: "passed",
	false: "failed",
	unverifiable: "not verified",
};

function groupsOf({ checks, validation }: Draft, results: ReadonlyMap<Check, Verdict>): PlanEntry["validation"] {
	const item = (check: Check): string => {
		const { verdict, observed } = results.get(check)!;
		return checkItem(check, OUTCOME[verdict], observed);
	};
	return [
		...validation.map((one) => ({ label: one.label, observed: [...one.checks.map(item), ...one.observed] })),
		...(checks.length > 0 ? [{ label: "Checks", observed: checks.map(item) }] : []),
	];
}

async function assertMayStand(text: string, config: Config): Promise<void> {
	const secrets = secretLines(text);
	if (secrets.length > 0)
		throw new UserError("plan_secret", `the entry holds a secret: ${placesOf(secrets)}; nothing was written`, {
			hint: "put the value into .env, and write its name",
		});
	const endpoints = floatingLines(text, await knownEndpoints(config));
	if (endpoints.length === 0) return;
	const what = "an endpoint that changes with the next container";
	throw new UserError("plan_endpoint", `the entry holds ${what}: ${placesOf(endpoints)}; nothing was written`, {
		hint: "write the logical name, such as gpu-1; cres endpoint show has the address",
	});
}

const placesOf = (found: readonly Forbidden[]): string =>
	found.map(({ line, what }) => `line ${line} (${what})`).join(", ");
