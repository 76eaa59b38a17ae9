import { brokenRung } from "../ladder/broken-rung.ts";
import type { InsideCheck } from "../triage-check.ts";

export default {
	code: "TR121",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does the container reach the store, rung by rung: resolver, TCP, TLS, credential, bucket?",
	why: "Only the way from inside the container counts; the first broken rung names what to change, those above it tell nothing.",
	example: "store at store:9000 fails at the rung credential: InvalidAccessKeyId → the keys in .env",
	run: (seen) => brokenRung("store", seen),
} satisfies InsideCheck;
