import type { Config } from "../../config/config.ts";
import type { DockerInstance } from "../../config/schema.ts";
import type { Role } from "../../contracts/queues.ts";
import { UserError } from "../../errors/errors.ts";
import { hostAndPort } from "../../system/hosts.ts";
import type { Clock } from "../../system/clock.ts";
import type { HostFacts } from "./container-host.ts";
import { createDockerHost } from "./docker-host.ts";
import { pinHostKey, pinnedHostKey } from "../../state/host-keys.ts";
import { typeOf } from "../ssh/host-key.ts";
import { keyFile, keyFromHere } from "../ssh/key-file.ts";
import { loginHost, loginUser } from "../ssh/login.ts";
import { assertInstanceName, knownInstance, recordInstance } from "../configured.ts";
import { connectSsh, readHostKey, readPinnedKey } from "../ssh/session.ts";

/** What the operator gives on the command line; the rest comes from cres.yaml or its defaults. */
export interface AdoptSettings {
	host?: string;
	port?: number;
	user?: string;
	key?: string;
	docker_socket?: string;
	roles?: Role[];
}

export interface AdoptOptions {
	config: Config;
	clock: Clock;
	signal: AbortSignal;
	/** Accept a host key that differs from the pinned one. */
	replaceKey: boolean;
	/** Shown the fingerprint of a key that is new; false refuses it. */
	confirm: (fingerprint: string) => Promise<boolean>;
	/** Asked for a host with a GPU whose roles neither the command line nor cres.yaml gives. @throws UserError role_missing */
	chooseRoles: () => Promise<Role[]>;
}

/** What `cres instance adopt` returns under --json. */
export interface Adopted {
	instance: string;
	endpoint: string;
	fingerprint: string;
	/** False when this key was pinned before. */
	newKey: boolean;
	/** cres.yaml was changed. */
	recorded: boolean;
	roles: Role[];
	/** Why it has these roles, where nobody gave them; else null. */
	rolesReason: string | null;
	facts: HostFacts;
}

/**
 * Records a host in cres.yaml and pins its host key, after the key was shown and a login with it reached Docker.
 * Nothing is written when any of that fails.
 * @throws UserError bad_login, unknown_instance (usage), host_key_mismatch, host_key_refused and those of ssh and Docker
 */
export async function adopt(name: string, given: AdoptSettings, options: AdoptOptions): Promise<Adopted> {
	const { config, clock } = options;
	const settings = mergedSettings(config, name, given);
	const { fingerprint, keyType, isNew } = await acceptedKey(name, settings, options);
	const facts = await factsOf(name, settings, { fingerprint, keyType }, options);
	const roles = settings.roles ?? (facts.gpu ? await options.chooseRoles() : DEFAULT_ROLES);
	const recorded = await recordInstance(config, name, { ...settings, roles });
	const endpoint = hostAndPort(settings.host, settings.port);
	const pinnedAt = new Date(clock.now()).toISOString();
	await pinHostKey(config.state, name, { fingerprint, type: keyType, endpoint, pinnedAt });
	const rolesReason = settings.roles || facts.gpu ? null : "Docker has no GPU there";
	return { instance: name, endpoint, fingerprint, newKey: isNew, recorded, roles, rolesReason, facts };
}

const DEFAULT_ROLES: Role[] = ["cpu"];

interface HostKey {
	fingerprint: string;
	keyType: string;
}

/** The key that the host shows: the pinned one, or one that the operator takes. @throws UserError host_key_mismatch, host_key_refused */
async function acceptedKey(
	name: string,
	{ host, port, user }: Settings,
	{ config, signal, replaceKey, confirm }: AdoptOptions,
): Promise<HostKey & { isNew: boolean }> {
	const target = { name, host, port, user };
	const pin = await pinnedHostKey(config.state, name);
	const offered = pin
		? await readPinnedKey({ ...target, fingerprint: pin.fingerprint, keyType: pin.type ?? "unknown" }, signal)
		: await readHostKey(target, signal);
	const { fingerprint } = offered;
	const isNew = pin?.fingerprint !== fingerprint;
	if (isNew && pin && !replaceKey) throw changedKey(name, pin.fingerprint, fingerprint);
	if (isNew && !(await confirm(fingerprint))) throw refusedKey(name, fingerprint);
	return { fingerprint, keyType: typeOf(offered), isNew };
}

/** What its Docker daemon tells over a login with that key. */
async function factsOf(
	name: string,
	{ host, port, user, key, docker_socket: socket }: Settings,
	hostKey: HostKey,
	{ config, signal }: AdoptOptions,
): Promise<HostFacts> {
	const session = await connectSsh({ name, host, port, user, key: keyFile(config.root, key), ...hostKey }, signal);
	const docker = await createDockerHost({ name, socket, session, credential: undefined });
	return docker.facts().finally(() => docker.close());
}

type Settings = Pick<DockerInstance, "driver" | "host" | "port" | "user" | "key" | "docker_socket"> & {
	roles: Role[] | undefined;
};

function mergedSettings(config: Config, name: string, given: AdoptSettings): Settings {
	assertInstanceName(name);
	const known = knownInstance(config, name, "docker");
	const host = given.host ?? known?.host;
	const key = given.key === undefined ? known?.key : keyFromHere(given.key);
	if (host === undefined || key === undefined)
		throw new UserError("unknown_instance", `${name} is not in cres.yaml, so its address and key are needed`, {
			hint: `cres instance adopt ${name} --host HOST --user USER --key FILE`,
		});
	return {
		driver: "docker",
		host: loginHost(name, host),
		port: given.port ?? known?.port ?? 22,
		user: loginUser(name, given.user ?? known?.user ?? "root"),
		key,
		docker_socket: given.docker_socket ?? known?.docker_socket ?? "/var/run/docker.sock",
		roles: given.roles ?? known?.roles,
	};
}

const changedKey = (name: string, pinned: string, seen: string) =>
	new UserError("host_key_mismatch", `${name} shows host key ${seen}, but ${pinned} is pinned`, {
		hint: `if the host was really re-made: cres instance adopt ${name} --replace-key`,
	});

const refusedKey = (name: string, fingerprint: string) =>
	new UserError("host_key_refused", `host key ${fingerprint} of ${name} was not accepted; nothing was recorded`, {
		hint: `compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
	});
