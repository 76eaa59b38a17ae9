import { UserError } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import type { Clock } from "../system/clock.ts";
import { isLoopback } from "../system/hosts.ts";
import { addressIn } from "../system/redirect.ts";
import { createCaller, type CallRecord, type Caller } from "./caller.ts";
import { createContract } from "./create.ts";
import { ROUTES } from "./routes.ts";
import { vastError } from "./failures.ts";
import { fetchLog } from "./instance-log.ts";
import { limiterFor } from "./limiter.ts";
import { isGone, readContract, readContracts } from "./contracts.ts";
import { accountSchema, keysSchema, logSchema, offersSchema, readAs } from "./schemas.ts";
import { createTransport } from "./transport.ts";
import type { OfferQuery, Staging, Vast } from "./vast.ts";

const TIMEOUT_MS = 120_000;

export interface VastOptions {
	/** Origin of the API. */
	url: string;
	key: Secret;
	/** The platform's time: intervals and pauses are measured by it. */
	clock: Clock;
	/** How long a reply may take, in milliseconds of real time: 2 min unless told. */
	timeoutMs?: number | undefined;
	signal?: AbortSignal | undefined;
	/** Told of every request that was made. */
	onCall?: ((call: CallRecord) => void) | undefined;
}

/** A client of Vast's API. Nothing is asked before the first call. */
export function createVast({ url, key, clock, timeoutMs = TIMEOUT_MS, signal, onCall }: VastOptions): Vast {
	assertUsable(url, key);
	const transport = createTransport({ url, key, timeoutMs, signal });
	const limiter = limiterFor(clock, url, key);
	const caller = createCaller({ transport, limiter, clock, signal, onCall });
	const { attempt } = caller;
	const plain = { ...reads(caller, new URL(url), clock, signal), ...changes(caller) };
	return {
		...plain,
		create: (offerId, contract) => createContract({ attempt, vast: plain, clock, signal }, offerId, contract),
		async attachKey(id, publicKey) {
			const outcome = await attempt(ROUTES.attachKey, { id, body: { ssh_key: publicKey } });
			if (outcome.ok) return;
			// an attached key is refused by a text that is nowhere documented: the list tells
			const attached = outcome.failure.reason === "refused" ? await plain.keys(id) : [];
			if (!attached.some((one) => keyMaterial(one.publicKey) === keyMaterial(publicKey))) throw vastError(outcome);
		},
	};
}

/** `success: false` of a start that the platform does as soon as the machine is free. */
const QUEUED = /state change queued/i;

type Reads = Pick<Vast, "contract" | "contracts" | "log" | "keys" | "offers" | "account">;
type Changes = Pick<Vast, "stage" | "recycle" | "start" | "setLabel" | "destroy">;

const reads = (caller: Caller, origin: URL, clock: Clock, signal: AbortSignal | undefined): Reads => ({
	contract: (id) => readContract(caller, id),
	contracts: (only) => readContracts(caller, only),
	async log(id, { tail, filter }) {
		const body = { tail: String(tail), ...(filter === undefined ? {} : { filter }) };
		const answer = await caller.call(ROUTES.log, { id, body });
		const { result_url } = readAs(logSchema, answer, `the log of contract ${id}`);
		return fetchLog(addressIn(origin, result_url), clock, signal); // it vouches for host keys
	},
	async keys(id) {
		return readAs(keysSchema, await caller.call(ROUTES.keys, { id }), `the keys of contract ${id}`).ssh_keys;
	},
	async offers(query) {
		const answer = await caller.call(ROUTES.offers, { body: offerFilters(query) });
		return readAs(offersSchema, answer, "the search for offers").offers;
	},
	account: async () => readAs(accountSchema, await caller.call(ROUTES.account), "the question for the account"),
});

const changes = ({ call, attempt }: Caller): Changes => ({
	stage: async (id, staging) => void (await call(ROUTES.stage, { id, body: stagingBody(id, staging) })),
	recycle: async (id) => void (await call(ROUTES.recycle, { id, body: {} })),
	async start(id) {
		const outcome = await attempt(ROUTES.change, { id, body: { state: "running" } });
		if (outcome.ok) return "started";
		if (outcome.failure.reason === "refused" && QUEUED.test(outcome.failure.detail)) return "queued";
		throw vastError(outcome);
	},
	setLabel: async (id, label) => void (await call(ROUTES.change, { id, body: { label } })),
	async destroy(id) {
		const outcome = await attempt(ROUTES.destroy, { id, body: {} });
		if (!outcome.ok && !isGone(outcome.failure)) throw vastError(outcome);
	},
});

/** fetch would print a header or an address that it does not like. */
function assertUsable(url: string, key: Secret): void {
	const address = URL.parse(url);
	if (!address || !/^https?:$/.test(address.protocol) || address.username || address.password)
		throw new UserError("vast_url_malformed", "VAST_URL is not the origin of an API, such as https://console.vast.ai", {
			hint: "correct VAST_URL in .env, or remove it",
		});
	if (address.protocol === "http:" && !isLoopback(address.hostname))
		throw new UserError(
			"vast_url_malformed",
			`VAST_URL is plain HTTP: the key would go to ${address.host} unencrypted`,
			{
				hint: "write it with https:// in .env, or remove it",
			},
		);
	if (!/^[\x21-\x7e]+$/.test(key.reveal()))
		throw new UserError(
			"vast_key_malformed",
			"VAST_API_KEY contains spaces or other characters that a key cannot have",
			{
				hint: "copy the key again into .env as VAST_API_KEY",
			},
		);
}

const stagingBody = (id: number, { image, env, onstart }: Staging): Record<string, unknown> => ({
	id,
	image,
	...(env === undefined ? {} : { env }),
	...(onstart === undefined ? {} : { onstart }),
});

const offerFilters = ({
	gpuName,
	minimumGpus,
	minimumCuda,
	diskGb,
	maximumDph,
	limit,
}: OfferQuery): Record<string, unknown> => ({
	verified: { eq: true },
	rentable: { eq: true },
	rented: { eq: false },
	external: { eq: false },
	direct_port_count: { gte: 1 },
	num_gpus: { gte: minimumGpus },
	disk_space: { gte: diskGb },
	...(minimumCuda === undefined ? {} : { cuda_max_good: { gte: minimumCuda } }),
	...(gpuName === undefined ? {} : { gpu_name: { eq: gpuName.replaceAll("_", " ") } }), // the CLI writes RTX_4090
	...(maximumDph === undefined ? {} : { dph_total: { lte: maximumDph } }),
	order: [["dph_total", "asc"]],
	type: "on-demand",
	limit,
	allocated_storage: diskGb,
});

/** A public key without its comment. */
const keyMaterial = (publicKey: string): string => publicKey.trim().split(/\s+/).slice(0, 2).join(" ");
