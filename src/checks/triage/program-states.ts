import { calledBy, causeLine, endsOf } from "../../system/log-cause.ts";
import { evidenceOf, inSection, outcome, said, timeOf } from "../runtime/outcomes.ts";
import { isWell } from "../runtime/program-states.ts";
import type { Found, InsideCheck, Place, Seen } from "../triage-check.ts";
import type { InsideFacts } from "../runtime/facts.ts";

type Program = NonNullable<InsideFacts["supervisor"]>["programs"][number];

export default {
	code: "TR110",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does every program of the container run?",
	why: "A required program that is FATAL, BACKOFF, STOPPED or EXITED does no work; the back-off says that it ends, its log says why.",
	example:
		"api is in a crash loop: exit status 1, Error: listen EADDRINUSE 0.0.0.0:8100 → cres logs cpu-1 --program api",
	run: ({ instance, inside }) =>
		inSection(inside, "supervisor", (supervisor) => {
			const { name, roles } = instance;
			if (supervisor.state !== "answers") return outcome("supervisord", [gone(name, supervisor)]);
			const { programs } = supervisor;
			const wanted = ["api", "watchdog", ...roles.map((role) => `workers:worker-${role}`)];
			const missing = wanted.filter((one) => !programs.some((program) => program.name === one));
			const findings = [
				...programs.filter((program) => !isWell(program)).map((program) => ended(instance, program)),
				...missing.map((one) => lacking(name, one, programs)),
			];
			return outcome(`${programs.length} programs of supervisord`, findings);
		}),
} satisfies InsideCheck;

function gone(name: string, { state, detail }: { state: string; detail: string }): Found {
	const how = state === "absent" ? "supervisord does not run" : "supervisord does not answer";
	return {
		message: `${how} in the container of ${name}: ${detail}`,
		evidence: [said(name, detail, "supervisord")],
		fix: { say: `cres restart ${name}, then cres logs ${name}` },
	};
}

function ended({ name, log }: Seen["instance"], program: Program): Found {
	const short = program.name.slice(program.name.indexOf(":") + 1);
	const cause = causeLine(log, calledBy(program.name));
	const ends = endsOf(log, calledBy(program.name));
	const [first] = ends;
	const why = cause?.text ?? (program.spawnError || "its log does not say why");
	const loops = program.state === "BACKOFF" || program.state === "FATAL" || ends.length > 1;
	const how = loops ? `is in a crash loop (${program.state})` : `is ${program.state}`;
	const status = program.state === "STOPPED" ? "" : `, exit status ${program.exitStatus}`;
	const own = said(name, `${program.name} ${program.state}${status}`, "supervisord", timeOf(program.stoppedAt));
	const evidence: [Place, ...Place[]] = cause ? [evidenceOf(name, cause, short), own] : [own];
	return {
		message: `${short} of ${name} ${how}${status}: ${why}`,
		evidence: [
			...evidence,
			...(first ? [evidenceOf(name, { ...first, text: `${first.text} (${ends.length} times)` })] : []),
		],
		fix: {
			say:
				program.state === "STOPPED"
					? `cres restart ${name}: somebody has stopped it`
					: `cres logs ${name} --program ${short} --tail 50`,
		},
	};
}

const lacking = (name: string, program: string, programs: readonly Program[]): Found => ({
	message: `supervisord of ${name} does not know ${program}, which its roles need`,
	evidence: [said(name, `it knows ${programs.map((one) => one.name).join(", ") || "no program"}`, "supervisord")],
	fix: { say: `compare roles and env of ${name} in cres.yaml, then cres deploy ${name}` },
});
