import type { Secret } from "../secrets/secret.ts";

/** States that Vast documents for a container. Anything else is `unknown`, and never healthy. */
export const ACTUAL_STATUS = [
	"created",
	"loading",
	"running",
	"rebooting",
	"recycling",
	"restarting",
	"stopped",
	"exited",
	"frozen",
	"scheduling",
	"offline",
	"destroyed",
	"unknown",
] as const;
export type ActualStatus = (typeof ACTUAL_STATUS)[number];

/** One contract of the account: a rented instance, whatever container runs in it. */
export interface Contract {
	id: number;
	/** The same for all contracts on one machine. */
	machineId: number;
	label: string | null;
	/** What the host was seen to do last; null before it was heard of. */
	actual: ActualStatus | null;
	/** What was asked for; Vast itself may change it. */
	intended: "running" | "stopped" | "unknown";
	/** Free text of the host, late and many-lined; null before it was heard of. */
	statusMessage: string | null;
	/** The configured image, `registry/repository:tag` as it was given. Not what runs. */
	image: string;
	/** As read back: `ssh ssh_direc ssh_proxy`. */
	runtype: string;
	/** Configured environment, `-p 22:22`-like flags among it, in the platform's order. Values may be secret. */
	env: readonly { name: string; value: Secret }[];
	onstart: string | null;
	/** `22/tcp` → port of the host; empty while nothing is mapped. */
	ports: Readonly<Record<string, number>>;
	publicIp: string | null;
	/** The proxy's endpoint, as read: the jupyter rule is endpointOf's business. */
	sshHost: string | null;
	sshPort: number | null;
	/** GB of disk; undefined until it is known. */
	diskGb: number | undefined;
	gpus: number;
	gpuName: string | null;
	/** USD per hour. */
	dphTotal: number;
}

/** What a contract shall run from the next recycle on. */
export interface Staging {
	/** `registry/repository:tag`, the tag one that never moves. */
	image: string;
	/** The whole environment, flags included: whether Vast merges or replaces is not documented. */
	env?: Readonly<Record<string, string>>;
	onstart?: string;
}

export interface Offer {
	/** Ask id, good for one create within a minute or two. */
	id: number;
	machineId: number;
	gpuName: string;
	gpus: number;
	/** GB */
	diskGb: number;
	/** USD per hour. */
	dphTotal: number;
	directPorts: number;
}

export interface OfferQuery {
	gpuName?: string;
	minimumGpus: number;
	/** CUDA version that the host's driver knows, at least. */
	minimumCuda?: number;
	/** GB, at least. */
	diskGb: number;
	/** USD per hour, at most. */
	maximumDph?: number;
	limit: number;
}

export interface NewContract {
	image: string;
	/** GB; it can never be changed. */
	diskGb: number;
	/** Unique among ours: after a lost reply the contract is found by it. */
	label: string;
	env: Readonly<Record<string, string>>;
	onstart: string;
	/** What the host logs in to the registry with; stays on the contract. */
	login: { username: string; password: Secret; registry: string } | undefined;
}

export interface AttachedKey {
	id: number;
	/** `ssh-ed25519 AAAA… comment` */
	publicKey: string;
}

/**
 * Vast's API, one method a route. Calls wait for the interval that the platform asks for between calls of one
 * route and method, all rollouts of this process together, and are repeated where a repeat does no harm.
 * @throws UserError vast_unauthorized, vast_forbidden, vast_rate_limited (busy), vast_unreachable, vast_refused,
 * vast_unreadable; of calls that change something also vast_reply_lost: it may or may not have been done
 */
export interface Vast {
	/** GET /api/v0/instances/{id}/: undefined when there is no such contract. It may lack `ports` that the list has. */
	contract(id: number): Promise<Contract | undefined>;
	/** GET /api/v1/instances/, every page: the contracts of the account, or those of them that are asked for. */
	contracts(only?: { ids?: readonly number[]; label?: string }): Promise<Contract[]>;
	/** PUT /api/v0/instances/update_template/{id}/: configuration only, the container stays as it is. */
	stage(id: number, staging: Staging): Promise<void>;
	/** PUT /api/v0/instances/recycle/{id}/: destroys the container and makes a new one. Never repeated by itself. */
	recycle(id: number): Promise<void>;
	/**
	 * PUT /api/v0/instances/{id}/ with `state`. Stopping gives the GPU away: only starting is offered. `queued`: the machine
	 * is taken just now, and the contract starts when it is free.
	 */
	start(id: number): Promise<"started" | "queued">;
	/** PUT /api/v0/instances/{id}/ with `label`. */
	setLabel(id: number, label: string): Promise<void>;
	/** PUT /api/v0/instances/request_logs/{id}/, then the text at `result_url`; undefined when it is not ready in time. */
	log(id: number, query: { tail: number; filter?: string }): Promise<string | undefined>;
	/** GET /api/v0/instances/{id}/ssh/ */
	keys(id: number): Promise<AttachedKey[]>;
	/** POST /api/v0/instances/{id}/ssh/; a key that is attached already is no error. */
	attachKey(id: number, publicKey: string): Promise<void>;
	/** POST /api/v0/bundles/: rentable on-demand offers, the cheapest first. */
	offers(query: OfferQuery): Promise<Offer[]>;
	/**
	 * PUT /api/v0/asks/{offer}/: the id of the new contract. Not repeatable: a lost reply is looked up by the label. What
	 * a failed call left behind is destroyed.
	 * @throws UserError vast_offer_gone (busy) when another tenant was faster, vast_login_malformed (usage) for blanks
	 */
	create(offerId: number, contract: NewContract): Promise<number>;
	/** DELETE /api/v0/instances/{id}/; one that is gone is no error. */
	destroy(id: number): Promise<void>;
	/** GET /api/v0/users/current/: verifies the key. */
	account(): Promise<{ id: number }>;
}
