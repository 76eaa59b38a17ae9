import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

const DAY_MS = 86_400_000;
/** Days before the end in which somebody has to act. */
const SOON = 14;

export default {
	code: "TR122",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Are the certificates valid that this instance shows or is shown?",
	why: "When one expires, every worker loses Temporal or the store at the same minute.",
	example: "the certificate of temporal at temporal:7233 has expired 3 days ago → make another one",
	run: ({ instance: { name, takenAt }, inside }) =>
		inSection(inside, "certificates", (certificates) => {
			const findings = certificates.flatMap(({ what, subject, notAfter }): Found[] => {
				const days = Math.floor((notAfter - takenAt) / DAY_MS);
				if (days >= SOON) return [];
				const over = notAfter <= takenAt;
				const when = over ? `expired ${-days - 1} days ago` : `expires in ${days} days`;
				const found: Found = {
					message: `the certificate ${what} ${over ? "has " : ""}${when.replace(/\b1 days/, "1 day")}, as ${name} sees it`,
					evidence: [
						said(
							name,
							`${subject}, valid until ${new Date(notAfter).toISOString()}`,
							"certificate",
							over ? new Date(notAfter).toISOString() : undefined,
						),
					],
					fix: { say: `make another certificate for ${subject}, then cres deploy ${name} if it is in its settings` },
					severity: over ? "error" : "warning",
				};
				return [found];
			});
			return outcome(`${certificates.length} certificates`, findings);
		}),
} satisfies InsideCheck;
