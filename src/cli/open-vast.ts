import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import type { VastAccount } from "../vast/account.ts";
import { isLoopback } from "../system/hosts.ts";
import { scaledClock, type Clock } from "../system/clock.ts";
import { createVast } from "../vast/client.ts";
import { createFleetReader } from "../vast/fleet-reader.ts";
import { openRegistry, vastCredential } from "./open-registry.ts";

const HANDSHAKE_MS = 10_000;
const SHORTEST_HANDSHAKE_MS = 2_000;

/** The Vast account of the configuration, in the time of `time`; `signal` ends its calls. @throws UserError vast_key_missing, vast_time_factor (usage) */
export function openVast(config: Config, time: Clock, signal?: AbortSignal): VastAccount {
	const key = config.secret("VAST_API_KEY");
	if (!key)
		throw new UserError("vast_key_missing", "no value for VAST_API_KEY", {
			hint: "make a key with the scopes instance_read and instance_write on vast.ai, and put VAST_API_KEY=… into .env beside cres.yaml",
		});
	const url = new URL(config.value("VAST_URL")!);
	const factor = timeFactor(config, url);
	const clock = clockOf(factor, time);
	const api = createVast({ url: url.origin, key, clock, signal });
	const reader = createFleetReader(api, clock);
	return {
		api,
		read: (id, maxAgeMs) => reader.read(id, maxAgeMs),
		clock,
		handshakeMs: Math.max(SHORTEST_HANDSHAKE_MS, HANDSHAKE_MS / factor),
		registry: () => openRegistry(config, "push", undefined, vastCredential(config)),
		login: loginOf(config),
	};
}

function loginOf(config: Config): VastAccount["login"] {
	const credential = vastCredential(config);
	const { push, pull = push } = config.registry;
	return credential && { ...credential, registry: pull.address };
}

/** One for each factor: calls are kept apart by the clock that they share. */
const clocks = new Map<number, Clock>();

function clockOf(factor: number, time: Clock): Clock {
	const clock = clocks.get(factor) ?? scaledClock(time, factor);
	clocks.set(factor, clock);
	return clock;
}

/** Faster than the platform allows would be a flood of refused calls: only a simulator on this machine may be hurried. */
function timeFactor(config: Config, url: URL): number {
	const factor = Number(config.value("CRES_VAST_TIME_FACTOR"));
	if (factor === 1 || (factor > 1 && isLoopback(url.hostname))) return factor;
	throw new UserError(
		"vast_time_factor",
		`CRES_VAST_TIME_FACTOR=${factor} is for simulators on this machine, not for ${url.origin}`,
		{
			hint: "unset CRES_VAST_TIME_FACTOR",
		},
	);
}
