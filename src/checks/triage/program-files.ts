import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

export default {
	code: "TR112",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Are the files there that supervisord shall start?",
	why: "A program whose file is missing cannot start; an image without the application's source ends in a crash loop.",
	example: "/app/images/api/main.js is missing → the app image was not built whole: cres build --push",
	run: ({ instance: { name }, inside }) =>
		inSection(inside, "targets", (targets) => {
			const findings = targets
				.filter(({ exists }) => !exists)
				.map(({ program, path }): Found => ({
					message: `${path}, which ${program} of ${name} is started from, is not in the image`,
					evidence: [said(name, `command=… ${path}`, program)],
					fix: { say: `cres build --push, then cres deploy ${name}` },
				}));
			return outcome(`${targets.length} launch targets`, findings);
		}),
} satisfies InsideCheck;
