import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { InsideCheck } from "../triage-check.ts";

/** S3 refuses signatures that are 15 minutes off (RequestTimeTooSkewed); heartbeats look stale well before. */
const WRONG_MS = 30_000;
const DOUBTFUL_MS = 5_000;

export default {
	code: "TR133",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does the instance tell the same time as the control host?",
	why: "A clock that is off makes valid certificates invalid, signatures refused and pollers look dead.",
	example: "the clock of gpu-1 is 7 min behind → set the clock of its host",
	run({ instance: { name, aheadMs, aheadWithinMs, takenAt }, inside }) {
		if (aheadMs === null) return passed("nothing: its time is not known");
		const looked = `its clock, within ${aheadWithinMs} ms`;
		const off = Math.max(0, Math.abs(aheadMs) - aheadWithinMs);
		if (off < DOUBTFUL_MS) return passed(looked);
		const far = off >= 120_000 ? `${Math.round(off / 60_000)} min` : `${Math.round(off / 1_000)} s`;
		const found = {
			message: `the clock of ${name} is ${far} ${aheadMs > 0 ? "ahead of" : "behind"} the control host's`,
			evidence: [
				said(name, `it says ${new Date(inside.at).toISOString()}`, "clock"),
				said("control", `it is ${new Date(takenAt).toISOString()} here`, "clock"),
			] as const,
			fix: { say: `set the clock of the host of ${name}: timedatectl set-ntp true; compare the one here: cres doctor` },
			severity: off >= WRONG_MS ? ("error" as const) : ("warning" as const),
		};
		return outcome(looked, [found]);
	},
} satisfies InsideCheck;
