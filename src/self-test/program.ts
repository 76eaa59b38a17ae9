import type { Role } from "../contracts/queues.ts";
import { SELF_TEST_PROGRAM, selfTestSchema, type SelfTestReport } from "../contracts/self-test.ts";
import { UserError } from "../errors/errors.ts";
import { redact } from "../secrets/secret.ts";

const MISSING = "cres-self-test-missing";

/** What runs in the container. Images that are older than the program say so. */
export const selfTestCommand = (role: Role): string[] => [
	"sh",
	"-c",
	`test -f ${SELF_TEST_PROGRAM} || { echo ${MISSING}; exit 0; }; exec node ${SELF_TEST_PROGRAM} ${role} --attached 2>&1`,
];

/**
 * Reads what the program printed; greetings of a login shell around it do not matter, and nothing of it is trusted.
 * @throws UserError self_test_missing, self_test_broken
 */
export function parseReport(instance: string, role: Role, stdout: string): SelfTestReport {
	const lines = stdout.split(/\r?\n/).map((line) => line.trim());
	if (lines.includes(MISSING))
		throw new UserError("self_test_missing", `the image that runs on ${instance} is older than the self-test`, {
			hint: `cres build --push, then cres deploy ${instance}`,
		});
	const reports = lines.filter((line) => line.startsWith("{")).flatMap((line) => reportIn(line));
	const report = reports.findLast((one) => one.role === role);
	// The word of the program counts no more than what it saw.
	if (report) return { ...report, ok: report.checks.every(({ ok }) => ok) };
	throw new UserError("self_test_broken", `the self-test on ${instance} printed no report: ${shown(lines)}`, {
		hint: `cres logs ${instance}`,
	});
}

function reportIn(line: string): SelfTestReport[] {
	try {
		return [selfTestSchema.parse(JSON.parse(line))];
	} catch {
		return [];
	}
}

/** The line that says what went wrong, else the last one. */
function shown(lines: readonly string[]): string {
	const said = lines.find((line) => /error/i.test(line)) ?? lines.findLast((line) => line !== "");
	return said === undefined ? "it was silent" : JSON.stringify(redact(said).slice(0, 200));
}
