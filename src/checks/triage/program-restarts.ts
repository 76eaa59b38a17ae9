import { calledBy, causeLine, endsOf } from "../../system/log-cause.ts";
import { evidenceOf, inSection, outcome, said, timeOf } from "../runtime/outcomes.ts";
import type { Found, InsideCheck, Seen } from "../triage-check.ts";

/** Milliseconds after its container within which a program counts as started with it. */
const WITH_IT_MS = 20_000;

export default {
	code: "TR111",
	scope: "runtime",
	looksAt: "inside",
	severity: "warning",
	question: "Were programs restarted that run now?",
	why: "Between two crashes a program says RUNNING. What ends again and again is seen only by how often it was started.",
	example: "worker-gpu of gpu-1 ended 4 times, the last time on signal 9 → the memory limit, or its log",
	run: ({ instance, inside }) =>
		inSection(inside, "supervisor", ({ programs }) => {
			const running = programs.filter(({ state }) => state === "RUNNING" || state === "STARTING");
			const findings = running.flatMap((program) => again(instance, program, inside.at));
			return outcome(`the starts of ${running.length} programs`, findings);
		}),
} satisfies InsideCheck;

/** Milliseconds: what ended longer ago is history; what has run for less has not shown that it stays up. */
const RECENT_MS = 3_600_000;
const SETTLED_MS = 90_000;

function again(
	{ name, log, container }: Seen["instance"],
	program: { name: string; startedAt: number; state: string },
	now: number,
): Found[] {
	const short = program.name.slice(program.name.indexOf(":") + 1);
	const ends = endsOf(log, calledBy(program.name)).filter(({ at }) => at === null || now - Date.parse(at) < RECENT_MS);
	const since = Date.parse(container?.since ?? "");
	const late = program.startedAt > 0 && program.startedAt - since > WITH_IT_MS;
	if (ends.length === 0 || (ends.length < 2 && !late)) return [];
	const cause = causeLine(log, calledBy(program.name));
	const minutes = Math.max(0, Math.round((now - program.startedAt) / 60_000));
	const times = ends.length === 1 ? "once" : `${ends.length} times`;
	const unsettled = now - program.startedAt < SETTLED_MS;
	const found: Found = {
		message: `${short} of ${name} ended ${times} in the last hour and was started again${cause ? `: ${cause.text}` : ""}`,
		evidence: [
			evidenceOf(name, ends.at(-1)!),
			...(cause ? [evidenceOf(name, cause, short)] : []),
			said(name, `${program.name} ${program.state} since ${minutes} min`, "supervisord", timeOf(program.startedAt)),
		],
		fix: { say: `cres logs ${name} --program ${short} --tail 50` },
		severity: ends.length >= 3 && unsettled ? "error" : "warning",
	};
	return [found];
}
