import { pageOf, type PageParts, type ShownCause, type ShownFact } from "../../src/checks/html/page.ts";
import type { CheckResult, Found, StaticCheck } from "../../src/checks/triage-check.ts";
import { runtimeFacts } from "./runtime-facts.ts";
import { checkOf, linesWith, triageOf } from "./triage.ts";

const HOSTILE = "bad </script><img src=x> \"'&\u202e";

const { run: _, ...restarts } = checkOf("restarts", linesWith("x"));
const { run: __, ...disk } = checkOf("disk-space", linesWith("x"), { severity: "warning" });

/** What two instances said: one is well, one restarts and does not say how full its disk is. */
const instances: CheckResult[] = ["cpu-1", "gpu-1"].flatMap((instance): CheckResult[] => {
	const found: Found = {
		message: `api of ${instance} restarted 7 times`,
		evidence: [{ host: instance, program: "api", text: "exit status 1", at: "2026-11-29T11:00:00Z" }],
		fix: { say: `cres logs ${instance}` },
	};
	const couldNotLook = [{ what: "df does not answer", how: `cres exec ${instance} df` }];
	const bad = instance === "gpu-1";
	return [
		{
			check: { ...restarts, scope: "runtime" },
			instance,
			outcome: { looked: "1 program", findings: bad ? [found] : [] },
			ms: 3,
		},
		{
			check: { ...disk, scope: "runtime" },
			instance,
			outcome: { looked: "", findings: [], ...(bad && { couldNotLook }) },
			ms: 3,
		},
	];
});

/** A page with every part. */
export async function pageWith(
	files: Readonly<Record<string, string>>,
	run: StaticCheck["run"],
	isWhole = true,
): Promise<string> {
	const runtime = isWhole ? async () => ({ facts: runtimeFacts(), results: instances }) : undefined;
	const silence = {
		check: "words",
		fingerprint: "0".repeat(16),
		reason: "r",
		owner: "ops",
		since: "2026-01-01",
		until: "2026-02-01",
	};
	const { report, results } = await triageOf(files, [checkOf("words", run)], {
		runtime,
		silences: isWhole ? [silence] : [],
	});
	const parts: PageParts = { report, results, of: "/srv/<worker>", at: "2026-11-29T12:00:00.000Z" };
	if (!isWhole) return pageOf(parts);
	const causes: ShownCause[] = [
		{ title: "api crash loop", evidence: ["ImportError: no module x"], symptoms: ["restarts on gpu-1"] },
	];
	const facts: ShownFact[] = [{ kind: "port", name: "api", value: "8100", places: ["a.py:1", "nginx.conf:3"] }];
	return pageOf({ ...parts, causes, facts, runtime: runtimeFacts() });
}

/** A page over a file that would like to be a part of it. */
export const hostilePage = (): Promise<string> =>
	pageWith({ "a.txt": `${HOSTILE}\n`, "b.txt": "bad\n" }, (tree) => {
		const outcome = linesWith("bad")(tree, new AbortController().signal, undefined as never) as {
			looked: string;
			findings: Found[];
		};
		return { ...outcome, findings: outcome.findings.map((one) => ({ ...one, message: `${one.message} ${HOSTILE}` })) };
	});
