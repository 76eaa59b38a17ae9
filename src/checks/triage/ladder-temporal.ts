import { brokenRung } from "../ladder/broken-rung.ts";
import type { InsideCheck } from "../triage-check.ts";

export default {
	code: "TR120",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does the container reach Temporal, rung by rung: resolver, TCP, TLS, credential, namespace?",
	why: "Only the way from inside the container counts; the first broken rung names what to change, those above it tell nothing.",
	example: "temporal at 10.0.0.5:7233 fails at the rung tcp: no answer in 2.5 s; resolver ok → open the port",
	run: (seen) => brokenRung("temporal", seen),
} satisfies InsideCheck;
