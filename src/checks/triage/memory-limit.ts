import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

const MIB = 1024 ** 2;
/** Part of the limit above which the next job may be the last. */
const NEAR = 0.95;

export default {
	code: "TR131",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does the container stay within its memory?",
	why: "The kernel ends a process of a container that is over its limit, with signal 9 and no word in any log.",
	example: "the kernel has ended 3 processes of gpu-1 for want of memory → a larger memory_mb, or fewer jobs at once",
	run: ({ instance: { name, log }, inside }) =>
		inSection(inside, "memory", ({ limit, used, reclaimable, oomKills }) => {
			const own = Math.max(0, used - reclaimable);
			const state = `${Math.round(own / MIB)} MiB of ${limit === null ? "no limit" : `${Math.round(limit / MIB)} MiB`} in use, oom_kill ${oomKills}`;
			const evidence = [said(name, state, "cgroup")] as const;
			const word = log.find(({ text }) => /was ended by the kernel|over its memory limit/.test(text));
			const findings: Found[] = [];
			if (oomKills > 0)
				findings.push({
					message: `the kernel has ended ${oomKills === 1 ? "a process" : `${oomKills} processes`} of ${name} for want of memory`,
					evidence: [
						...evidence,
						...(word ? [said(name, word.text, word.program ?? "watchdog", word.at ?? undefined)] : []),
					],
					fix: {
						say: `give ${name} more memory (memory_mb in cres.yaml) or fewer jobs at once (WORKER_CPU_THREADS), then cres deploy ${name}`,
					},
				});
			else if (limit !== null && own > limit * NEAR)
				findings.push({
					message: `${name} uses ${Math.round((100 * own) / limit)} % of its memory limit of ${Math.round(limit / MIB)} MiB`,
					evidence,
					fix: { say: `cres exec ${name} -- ps aux --sort=-rss, or a larger memory_mb in cres.yaml` },
					severity: "warning",
				});
			return outcome("memory of the container's cgroup", findings);
		}),
} satisfies InsideCheck;
