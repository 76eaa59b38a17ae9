import { UserError, messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Caller, Outcome } from "./caller.ts";
import { ROUTES } from "./routes.ts";
import { vastError } from "./failures.ts";
import { createdSchema, readAs } from "./schemas.ts";
import type { NewContract, Vast } from "./vast.ts";

/** How often, and with what pauses (ms), a contract is looked for whose creation was not confirmed. */
const LOOKS = 4;
const LOOK_PAUSE_MS = 5_000;

export interface CreatePorts extends Pick<Caller, "attempt"> {
	vast: Pick<Vast, "contracts" | "destroy">;
	clock: Clock;
	signal: AbortSignal | undefined;
}

/**
 * Rents an offer once. After a lost reply the new contract is the one with the label that was not there before; it is
 * never asked for twice. A contract that a failed call left behind is destroyed.
 */
export async function createContract(ports: CreatePorts, offerId: number, wanted: NewContract): Promise<number> {
	const body = bodyOf(wanted);
	const before = await ports.vast.contracts({ label: wanted.label });
	const outcome = await ports.attempt(ROUTES.create, { id: offerId, body });
	const made = createdSchema.safeParse(outcome.ok ? outcome.body : outcome.failure.body).data?.new_contract;
	if (!outcome.ok && made !== undefined) return discard(ports, made, failureOf(outcome, offerId));
	if (outcome.ok && made !== undefined) return made;
	if (!outcome.ok && !outcome.uncertain) throw failureOf(outcome, offerId);
	return lookUp(ports, wanted.label, new Set(before.map(({ id }) => id)), outcome);
}

async function discard({ vast }: CreatePorts, contract: number, failure: UserError): Promise<never> {
	await vast.destroy(contract).catch((error: unknown) => {
		throw new UserError(failure.code, `${failure.message}; contract ${contract} is left over (${messageOf(error)})`, {
			hint: `destroy contract ${contract} at Vast: it costs money`,
		});
	});
	throw failure;
}

async function lookUp(
	{ vast, clock, signal }: CreatePorts,
	label: string,
	before: ReadonlySet<number>,
	outcome: Outcome,
): Promise<number> {
	for (let look = 1; look <= LOOKS; look++) {
		const found = (await vast.contracts({ label })).filter(({ id }) => !before.has(id));
		if (found.length === 1) return found[0]!.id;
		if (found.length > 1)
			throw several(
				label,
				found.map(({ id }) => id),
			);
		if (look < LOOKS) await clock.sleep(LOOK_PAUSE_MS, signal);
	}
	if (outcome.ok) readAs(createdSchema, outcome.body, "the creation of a contract");
	throw new UserError("vast_reply_lost", `no reply to the creation of ${label} came, and no such contract is there`, {
		hint: "look with cres instance list before you create it again",
	});
}

const several = (label: string, ids: readonly number[]) =>
	new UserError(
		"vast_reply_lost",
		`after a lost reply there are several new contracts called ${label}: ${ids.join(", ")}`,
		{
			hint: "keep one of them and destroy the others at Vast: they cost money",
		},
	);

/** An ask that somebody else has taken, or that has expired, is answered 404 or 410. */
function failureOf(outcome: Outcome & { ok: false }, offerId: number): UserError {
	const { code, status } = outcome.failure;
	if (code !== "no_such_ask" && status !== 410) return vastError(outcome);
	return new UserError("vast_offer_gone", `offer ${offerId} is no longer there`, {
		hint: "run the command again: it searches again",
	});
}

function bodyOf({ image, diskGb, label, env, onstart, login }: NewContract): Record<string, unknown> {
	return {
		client_id: "me",
		image,
		disk: diskGb,
		label,
		runtype: "ssh_direc ssh_proxy",
		env,
		onstart,
		...(login ? { image_login: loginFlags(login) } : {}),
		target_state: "running",
		cancel_unavail: true,
	};
}

/** Flags of docker login, split at blanks by the platform. */
function loginFlags({ username, password, registry }: NonNullable<NewContract["login"]>): string {
	const values = [username, password.reveal(), registry];
	if (values.every((value) => /^\S+$/.test(value))) return `-u ${values[0]} -p ${values[1]} ${values[2]}`;
	throw new UserError(
		"vast_login_malformed",
		"Vast does not accept spaces in the registry's user, password or address",
		{
			hint: "set VAST_REGISTRY_USERNAME and VAST_REGISTRY_PASSWORD in .env to values without spaces",
		},
	);
}
