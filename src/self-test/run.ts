import type { Role } from "../contracts/queues.ts";
import { SELF_TEST_LIMIT, type SelfTestReport } from "../contracts/self-test.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import type { Instance } from "../instances/instance.ts";
import { leaseHolder } from "../rollout/lease.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { parseReport, selfTestCommand } from "./program.ts";

/** Milliseconds over the program's own limit until it is given up. */
const OVER = 20_000;

interface SelfTestPorts {
	config: { state: string };
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
}

/** What the self-test of an instance found. */
export interface SelfTest extends SelfTestReport {
	instance: string;
	/** Who was changing the instance when the test began; null: nobody. */
	changing: string | null;
}

/**
 * Runs the self-test of the image inside the instance's container. It changes nothing there and needs no lease.
 * @param role gpu where the instance has it, unless given
 * @throws UserError missing_role (usage), nothing_runs, contract_gone, self_test_missing, self_test_broken, self_test_late and those of ssh
 */
export async function runSelfTest(ports: SelfTestPorts, instance: Instance, wanted?: Role): Promise<SelfTest> {
	const { progress, signal } = ports;
	const { name, settings } = instance;
	const { roles } = settings;
	const role = wanted ?? (roles.includes("gpu") ? "gpu" : "cpu");
	if (!roles.includes(role)) throw missingRole(name, role, roles);
	const holder = await leaseHolder({ ...ports, instance });
	if (holder) progress.note(`${holder.message}; the test may meet a container that is about to go`);
	const timeout = SELF_TEST_LIMIT + OVER;
	const timed = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
	const ask = () => instance.exec(selfTestCommand(role), { signal: timed, timeout });
	const stdout = await progress.step(`self-test of ${name} as ${role}`, ask).catch((error: unknown) => {
		signal.throwIfAborted();
		throw timed.aborted ? late(name) : error;
	});
	return { instance: name, changing: holder ? messageOf(holder) : null, ...parseReport(name, role, stdout) };
}

const missingRole = (instance: string, role: Role, roles: readonly Role[]) =>
	new UserError("missing_role", `${instance} has not the role ${role}, but ${roles.join(", ")}`, {
		hint: `cres self-test ${instance} --role ${roles[0]!}`,
	});

const late = (instance: string) =>
	new UserError(
		"self_test_late",
		`the self-test of ${instance} did not end within ${(SELF_TEST_LIMIT + OVER) / 1_000} s`,
		{
			hint: `cres logs ${instance}`,
		},
	);
