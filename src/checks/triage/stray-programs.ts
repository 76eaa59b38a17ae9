import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

export default {
	code: "TR113",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does everything in the container belong to supervisord?",
	why: "A program that was started by hand survives restarts, holds ports and polls as an old build.",
	example: "node /app/images/api/main.js runs beside supervisord as process 4711 → end it",
	run: ({ instance: { name }, inside }) =>
		inSection(inside, "strays", (strays) => {
			const findings = strays.map(({ pid, command }): Found => ({
				message: `${command} runs on ${name} beside supervisord`,
				evidence: [said(name, `process ${pid}: ${command}`, "ps")],
				fix: { say: `cres exec ${name} -- kill ${pid}` },
			}));
			return outcome("the processes of the container", findings);
		}),
} satisfies InsideCheck;
