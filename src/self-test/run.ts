import type { Config } from "../config/config.ts";
import { LABEL } from "../contracts/labels.ts";
import type { Role } from "../contracts/queues.ts";
import { SELF_TEST_LIMIT, type SelfTestReport } from "../contracts/self-test.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import type { ContainerHost } from "../instance/container-host.ts";
import { instanceConfig, vastInstance } from "../instance/open.ts";
import { reachContract, type ReachPorts } from "../instance/reach.ts";
import { leaseHolder } from "../rollout/lease.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Vast } from "../vast/vast.ts";
import { parseReport, selfTestCommand } from "./program.ts";

/** Milliseconds over the program's own limit until it is given up. */
const OVER = 20_000;

interface SelfTestPorts {
	config: Config;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	openHost: () => Promise<ContainerHost>;
	/** @throws UserError vast_key_missing */
	vast(): Promise<Pick<Vast, "contract">>;
	reach(): Promise<ReachPorts>;
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
 * @throws UserError unknown_instance, missing_role (usage), nothing_runs, contract_gone, self_test_missing, self_test_broken, self_test_late and those of ssh
 */
export async function runSelfTest(ports: SelfTestPorts, instance: string, wanted?: Role): Promise<SelfTest> {
	const { config, clock, progress, signal } = ports;
	const { driver, roles } = instanceConfig(config, instance);
	const role = wanted ?? (roles.includes("gpu") ? "gpu" : "cpu");
	if (!roles.includes(role)) throw missingRole(instance, role, roles);
	const holder = await leaseHolder(config.root, instance, clock.now());
	if (holder) progress.note(`${holder.message}; the test may meet a container that is about to go`);
	const timed = AbortSignal.any([signal, AbortSignal.timeout(SELF_TEST_LIMIT + OVER)]);
	const argv = selfTestCommand(role);
	const ask =
		driver === "docker" ? () => inDocker(ports, instance, argv, timed) : () => atVast(ports, instance, argv, timed);
	const stdout = await progress.step(`self-test of ${instance} as ${role}`, ask).catch((error: unknown) => {
		signal.throwIfAborted();
		throw timed.aborted ? late(instance) : error;
	});
	signal.throwIfAborted();
	if (timed.aborted) throw late(instance);
	return { instance, changing: holder ? messageOf(holder) : null, ...parseReport(instance, role, stdout) };
}

async function inDocker(
	{ config, openHost }: SelfTestPorts,
	instance: string,
	argv: readonly string[],
	signal: AbortSignal,
): Promise<string> {
	const host = await openHost();
	try {
		const found = await host.containers({ [LABEL.project]: config.project, [LABEL.instance]: instance });
		const running = found.filter(({ state }) => state === "running").toSorted((a, b) => b.startedAt - a.startedAt)[0];
		if (!running) throw nothingRuns(instance);
		return (await host.exec(running.id, argv, { signal, timeout: SELF_TEST_LIMIT + OVER })).stdout;
	} finally {
		host.close();
	}
}

async function atVast(
	ports: SelfTestPorts,
	instance: string,
	argv: readonly string[],
	signal: AbortSignal,
): Promise<string> {
	const { id } = vastInstance(ports.config, instance);
	const contract = await (await ports.vast()).contract(id);
	if (!contract) throw contractGone(instance, id);
	const { session } = await reachContract({ ...(await ports.reach()), signal }, instance, contract);
	try {
		// The program ends when its channel is closed.
		return (await Array.fromAsync(session.lines(argv, signal))).join("\n");
	} finally {
		session.close();
	}
}

const missingRole = (instance: string, role: Role, roles: readonly Role[]) =>
	new UserError("missing_role", `${instance} has not the role ${role}, but ${roles.join(", ")}`, {
		hint: `cres self-test ${instance} --role ${roles[0]!}`,
	});

const nothingRuns = (instance: string) =>
	new UserError("nothing_runs", `no container of ours runs on ${instance}`, {
		hint: `cres status, then cres deploy ${instance} or cres start ${instance}`,
	});

const contractGone = (instance: string, id: number) =>
	new UserError("contract_gone", `the account holds no contract ${id}, which cres.yaml names for ${instance}`, {
		hint: "cres instance list shows what it holds",
	});

const late = (instance: string) =>
	new UserError(
		"self_test_late",
		`the self-test of ${instance} did not end within ${(SELF_TEST_LIMIT + OVER) / 1_000} s`,
		{
			hint: `cres logs ${instance}`,
		},
	);
