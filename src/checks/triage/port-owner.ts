import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

/** Of llama-server and whisper, as images/boot starts them. */
const ENGINES = [8081, 8082];

export default {
	code: "TR114",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Do our own programs listen on our ports?",
	why: "After a restart an old process may hold the port: the new one cannot bind, and probes are answered by the old one.",
	example: "port 8100 is held by python3 -m http.server → end it, then restart the api",
	run: ({ instance: { name }, inside }) =>
		inSection(inside, "listeners", (listeners) => {
			const ours = [inside.health?.port ?? 8100, ...ENGINES];
			const foreign = listeners.filter(({ port, pid, managed }) => ours.includes(port) && pid !== null && !managed);
			const known = (inside.supervisor?.state ?? "absent") === "answers";
			const findings = (known ? foreign : []).map(({ port, pid, command }): Found => ({
				message: `port ${port} of ${name} is held by ${command || "a process"}, which supervisord did not start`,
				evidence: [said(name, `process ${pid} listens on port ${port}: ${command}`, "sockets")],
				fix: { say: `cres exec ${name} -- kill ${pid}` },
			}));
			return outcome(`${listeners.length} ports that are listened on`, findings);
		}),
} satisfies InsideCheck;
