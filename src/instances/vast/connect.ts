import { HOST_KEY_MARK, parseOnStart } from "../../contracts/vast.ts";
import { UserError, hasCode } from "../../errors/errors.ts";
import { endpointOf, type ContractEndpoint } from "../../vast/endpoint-of.ts";
import type { VastAccount } from "../../vast/account.ts";
import type { Contract } from "../../vast/vast.ts";
import { recordEndpoint, recordedEndpoint, type Endpoint } from "../../state/endpoints.ts";
import { keyFile } from "../ssh/key-file.ts";
import { hostAndPort, isHost } from "../../system/hosts.ts";
import type { VastPorts } from "./ports.ts";
import { probe, type Probe } from "./probe.ts";
import { connectSsh, readHostKey, type SshSession, type SshTarget } from "../ssh/session.ts";

/** On-start prints the host key soon after sshd is up: this often, and this far apart, the log is asked for it. */
const LOG_TRIES = 3;
const LOG_AGAIN_MS = 3_000;
/** Every login adds some lines to the log. */
const LOG_TAIL = 1000;

/** What it takes to log in to a contract's container. */
export type ConnectPorts = Pick<VastPorts, "name" | "settings" | "config" | "signal" | "note" | "acceptHostKey"> & {
	account: Pick<VastAccount, "api" | "clock" | "handshakeMs">;
};

/** The container of a contract, verified to be the one that the platform names. */
export interface Connected {
	endpoint: Endpoint;
	session: SshSession;
	probe: Probe;
}

/** An endpoint that was verified, and whether it differs from the one on record. */
type Verified = Connected & { isNew: boolean };

/**
 * Logs in where the platform says that the contract answers, and verifies that it is the contract's container: the host
 * key is the one on record or the one that the container printed into the instance's log, and CONTAINER_ID is the
 * contract's number. Where the log does not tell, the key of a new endpoint is refused unless acceptHostKey takes it,
 * and then said to be unverified. What was verified is recorded.
 * @throws UserError no_endpoint, vast_unreadable, host_key_unverified, host_key_mismatch, wrong_instance, probe_failed and those of ssh and of the API
 */
export async function connectContract(ports: ConnectPorts, contract: Contract): Promise<Connected> {
	const verified = await verifyEndpoint(ports, contract);
	if (verified.isNew) await recordEndpoint(ports.config.state, ports.name, verified.endpoint);
	return verified;
}

/** As connectContract, but records nothing. */
export async function verifyEndpoint(ports: ConnectPorts, contract: Contract): Promise<Verified> {
	const { name } = ports;
	const at = endpointOf(contract);
	if (!at) throw noEndpoint(name, contract);
	if (!isHost(at.host)) throw noHost(contract, at.host);
	const known = await recordedEndpoint(ports.config.state, name);
	const { session, ...key } = await logIn(ports, targetOf(ports, at), contract, known).catch((error: unknown) => {
		throw atVast(error, name);
	});
	try {
		const found = await probe(name, session);
		if (found.contract !== contract.id) throw wrongInstance(name, at, contract.id, found.contract);
		const since = new Date(ports.account.clock.now()).toISOString();
		const same = known?.contract === contract.id && known.fingerprint === key.fingerprint;
		const generation = same ? known.generation : (known?.generation ?? 0) + 1;
		const fresh: Endpoint = { ...at, generation, contract: contract.id, ...key, since };
		const isNew = !same || known.host !== at.host || known.port !== at.port || known.verifiedBy !== key.verifiedBy;
		return { endpoint: isNew ? fresh : known, session, probe: found, isNew };
	} catch (error) {
		session.close();
		throw error;
	}
}

type LoggedIn = { session: SshSession } & Pick<Endpoint, "fingerprint" | "verifiedBy">;

/** First with the key on record; a key that is not on record is looked up in the log. */
async function logIn(
	ports: ConnectPorts,
	target: SshTarget,
	contract: Contract,
	known: Endpoint | undefined,
): Promise<LoggedIn> {
	const ours = known?.contract === contract.id ? known : undefined;
	if (ours) {
		const { fingerprint, verifiedBy } = ours;
		const session = await connectSsh({ ...target, fingerprint }, ports.signal).catch((error: unknown) => {
			if (hasCode(error, "host_key_mismatch")) return undefined;
			throw error;
		});
		if (session) return { session, fingerprint, verifiedBy };
	}
	const { fingerprint } = await readHostKey(target, ports.signal);
	const verifiedBy = await vouchedFor(ports, target, contract, fingerprint, ours);
	return { session: await connectSsh({ ...target, fingerprint }, ports.signal), fingerprint, verifiedBy };
}

/**
 * Who vouches for a key that is not on record.
 * @throws UserError host_key_mismatch when the log names another one, host_key_unverified when it names none
 */
async function vouchedFor(
	ports: ConnectPorts,
	target: SshTarget,
	contract: Contract,
	offered: string,
	ours: Endpoint | undefined,
): Promise<Endpoint["verifiedBy"]> {
	const logged = await keysInLog(ports, contract);
	if (logged.includes(offered)) return "log";
	if (logged.length > 0) throw otherKey(target, offered, `the instance's log names ${logged.join(", ")}`);
	const moved = !ours || ours.host !== target.host || ours.port !== target.port;
	if (!moved) throw otherKey(target, offered, `${ours.fingerprint} is on record for this very endpoint`);
	if (!(await ports.acceptHostKey(offered))) throw unverified(target, offered);
	ports.note(
		`host key ${offered} of ${target.name} is unverified: the instance's log does not name it; it is accepted for this generation only`,
	);
	return "first-use";
}

/** Host keys that the on-start which is configured now has printed; none when the log is not to be had. */
async function keysInLog({ account: { api, clock }, signal }: ConnectPorts, contract: Contract): Promise<string[]> {
	const ours = parseOnStart(contract.onstart);
	if (!ours) return [];
	const mark = `${HOST_KEY_MARK} ${ours.rollout} `;
	for (let attempt = 1; ; attempt++) {
		const text = await api.log(contract.id, { tail: LOG_TAIL, filter: HOST_KEY_MARK });
		const lines = (text ?? "").split(/\r?\n/).filter((line) => line.includes(mark));
		const keys = lines.flatMap((line) => /SHA256:[A-Za-z0-9+/]{43}/.exec(line)?.[0] ?? []);
		if (keys.length > 0 || text === undefined || attempt === LOG_TRIES) return [...new Set(keys)];
		await clock.sleep(LOG_AGAIN_MS, signal);
	}
}

const targetOf = ({ name, settings, config, account }: ConnectPorts, { host, port }: ContractEndpoint): SshTarget => {
	const { user, key } = settings;
	const { handshakeMs } = account;
	return { name, host, port, user, key: keyFile(config.root, key), fingerprint: undefined, handshakeMs };
};

/** What ssh advises is about cres.yaml, where the address of a contract does not stand. */
function atVast(error: unknown, name: string): unknown {
	if (!(error instanceof UserError)) return error;
	const { code, message, cause } = error;
	if (code === "instance_unreachable")
		return new UserError(code, message, { hint: `cres endpoint discover ${name}`, cause });
	if (code !== "ssh_refused") return error;
	return new UserError(code, message, { hint: `cres instance adopt ${name} attaches the key again`, cause });
}

const noEndpoint = (name: string, { id, actual }: Contract) =>
	new UserError("no_endpoint", `contract ${id} of ${name} has no ssh endpoint; it is ${actual ?? "not started yet"}`, {
		hint: `cres endpoint discover ${name}, when it is running`,
	});

const noHost = ({ id }: Contract, host: string) =>
	new UserError("vast_unreadable", `Vast names ${JSON.stringify(host)} as the host of contract ${id}, which is none`, {
		hint: "run the command again; if it happens again, look at the contract on vast.ai",
	});

const otherKey = ({ name, host, port }: SshTarget, offered: string, against: string) =>
	new UserError("host_key_mismatch", `${hostAndPort(host, port)} shows host key ${offered}, but ${against}`, {
		hint: `somebody else may have that address now; cres endpoint discover ${name}`,
	});

const unverified = ({ name, host, port }: SshTarget, offered: string) =>
	new UserError(
		"host_key_unverified",
		`${hostAndPort(host, port)} shows host key ${offered} for ${name}, and the instance's log does not name it`,
		{
			hint: `compare it with the log on vast.ai, then cres instance adopt ${name}, or the same command with --accept-host-key`,
		},
	);

const wrongInstance = (name: string, { host, port }: ContractEndpoint, wanted: number, found: number | undefined) =>
	new UserError(
		"wrong_instance",
		`${host}:${port} is ${found === undefined ? "no Vast container" : `contract ${found}`}, not contract ${wanted} of ${name}; nothing was done there`,
		{ hint: `cres endpoint discover ${name}` },
	);
