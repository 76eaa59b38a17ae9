import { cleanOfLiterals } from "../secrets/literals.ts";
import { checkText } from "./check-text.ts";
import type { EntryModel } from "./model.ts";
import { runCheck, type CheckPorts, type Verdict } from "./run-check.ts";

const AT_ONCE = 16;

/** A claim of an entry, and whether it holds now. */
interface JudgedClaim extends Verdict {
	entry: string;
	title: string;
	/** Line of docs/PLAN.md. */
	line: number;
	claim: string;
	/** How it ended when the entry was written. */
	recorded: string | null;
}

/** What `cres plan verify` returns under --json. */
export interface Verification {
	document: string;
	entries: number;
	claims: JudgedClaim[];
	counts: { true: number; false: number; unverifiable: number };
}

const NEVER_RUN = "free text: cres executes no commands of a document";
const NO_CLAIM = "nothing in it can be checked";

/** Runs the recorded checks again. Commands in free text are never executed: they are unverifiable. */
export async function verifyEntries(
	entries: readonly EntryModel[],
	ports: CheckPorts,
	document: string,
): Promise<Verification> {
	const open = entries.flatMap((entry) => openClaims(entry, ports));
	const claims: JudgedClaim[] = [];
	for (let at = 0; at < open.length; at += AT_ONCE)
		claims.push(...(await Promise.all(open.slice(at, at + AT_ONCE).map((judge) => judge()))));
	const count = (wanted: Verdict["verdict"]): number => claims.filter(({ verdict }) => verdict === wanted).length;
	const counts = { true: count("true"), false: count("false"), unverifiable: count("unverifiable") };
	return { document, entries: entries.length, claims: cleanOfLiterals(claims), counts };
}

type Judge = () => Promise<JudgedClaim>;

function openClaims({ id, title, validation }: EntryModel, ports: CheckPorts): Judge[] {
	const about = { entry: id, title };
	return validation.flatMap(({ line, label, checks = [], commands, commandLines }): Judge[] => {
		const run = checks.map((one): Judge => async () => ({
			...{ ...about, line: one.line, claim: checkText(one.check), recorded: one.outcome ?? null },
			...(await runCheck(one.check, ports)),
		}));
		const never =
			(claim: string, observed: string, at = line): Judge =>
			async () => ({
				...{ ...about, line: at, claim, recorded: null, verdict: "unverifiable" as const, observed },
			});
		if (run.length + commands.length > 0)
			return [...run, ...commands.map((command, at) => never(command, NEVER_RUN, commandLines[at]))];
		return label === "" ? [] : [never(label, NO_CLAIM)];
	});
}
