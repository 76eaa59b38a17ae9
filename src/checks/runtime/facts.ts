import { z } from "zod";
import { ROLES } from "../../contracts/queues.ts";
import { insideSchema } from "./inside-facts.ts";

/** Facts of a newer version are not read: their meaning may be another one. */
export const FACTS_VERSION = 1;

const text = z.string().max(4_000);
const short = z.string().max(300);
const count = z.number().nonnegative();
/** Milliseconds since the epoch. */
const time = z.number();
const failureSchema = z.object({ code: short, message: text, hint: text.nullable() });
export type Failure = z.infer<typeof failureSchema>;

const logLineSchema = z.object({ at: short.nullable(), program: short.nullable(), text });
export type FactLine = z.infer<typeof logLineSchema>;

const releaseSchema = z.object({
	id: short,
	/** RFC 3339 time of the outcome. */
	at: short,
	buildId: short,
	digest: short,
	outcome: z.enum(["live", "rolled-back"]),
});

const containerSchema = z.object({
	/** Empty when it is not known. */
	digest: short,
	buildId: short,
	/** RFC 3339. */
	since: short,
	restarts: count,
	/** Identities of its workers, as far as they were seen to poll. */
	identities: z.array(short).max(16),
});

/** What was seen of one instance; data that survives JSON. */
const instanceFactsSchema = z.object({
	name: short,
	driver: z.enum(["docker", "vast"]),
	roles: z.array(z.enum(ROLES)),
	/** When it was asked, by the clock here. */
	takenAt: time,
	tookMs: count,
	/** As it is on record. */
	endpoint: z
		.object({ at: short, fingerprint: short.nullable(), verifiedBy: short.nullable(), since: short.nullable() })
		.nullable(),
	/** Why nothing could be asked; null when it answered. */
	unreachable: failureSchema.nullable(),
	container: containerSchema.nullable(),
	/** How many containers of ours run. */
	containers: count,
	/** Why none runs, and what to type. */
	stopped: z.object({ detail: text, fix: text.nullable() }).nullable(),
	/** It hands a GPU to its containers. */
	gpu: z.boolean(),
	/** Who changes it now. */
	holder: z.object({ owner: short, purpose: short }).nullable(),
	/** Newest last: those that explain what runs. */
	releases: z.array(releaseSchema).max(20),
	/** Settings of cres.yaml and .env that the running container does not have; null when that could not be compared. */
	drift: z.array(short).max(200).nullable(),
	/** What its container says of itself; null when it was not asked or did not answer. */
	inside: insideSchema.nullable(),
	/** Why not. */
	insideFailure: failureSchema.nullable(),
	/** By how much its clock is ahead of the one here, in milliseconds; null when it is not known. */
	aheadMs: z.number().nullable(),
	/** How exact that is: half of the time that the answer took. */
	aheadWithinMs: count,
	/** The end of its log, in order of time; asked for where a program fails. */
	log: z.array(logLineSchema).max(400),
});
export type InstanceFacts = z.infer<typeof instanceFactsSchema>;

const queueSchema = z.object({
	queue: short,
	type: z.enum(["workflow", "activity"]),
	role: z.enum(ROLES),
	pollers: z
		.array(
			z.object({
				identity: short,
				buildId: short.nullable(),
				lastSeenMs: time,
				verdict: z.enum(["LIVE", "BUSY", "STALE", "GONE"]),
			}),
		)
		.max(2_000),
	/** Tasks that wait, the age of the oldest in milliseconds, and tasks a second that come and go. */
	backlog: z.object({ count, ageMs: count, addRate: count.nullable(), dispatchRate: count.nullable() }),
	/** The build that new work is routed to; null: to whoever polls. */
	routed: short.nullable(),
});
export type QueueFacts = z.infer<typeof queueSchema>;

const dependencySchema = z.object({
	/** `temporal` or `store`. */
	name: z.enum(["temporal", "store"]),
	address: short,
	/** As seen from here; null: it answers. */
	failure: failureSchema.nullable(),
	/** The container on this machine that serves it, when there is one. */
	container: z
		.object({ name: short, image: short, state: short, exitCode: z.int(), log: z.array(text).max(20) })
		.nullable(),
});
export type DependencyFacts = z.infer<typeof dependencySchema>;

/** What is seen from the control side, once for all instances. */
const controlFactsSchema = z.object({
	takenAt: time,
	dependencies: z.array(dependencySchema).max(4),
	/** Empty when Temporal does not answer. */
	queues: z.array(queueSchema).max(16),
	/** The control api, where cres.yaml names one. */
	api: z.object({ url: short, status: z.int().nullable(), answer: text }).nullable(),
	/** Instances of cres.yaml. */
	instances: z.array(short).max(5_000),
});
export type ControlFacts = z.infer<typeof controlFactsSchema>;

/** Everything that runtime checks look at. */
export const runtimeFactsSchema = z.object({
	version: z.literal(FACTS_VERSION),
	control: controlFactsSchema,
	instances: z.array(instanceFactsSchema).max(5_000),
	/** Instances that were not asked before the time was over. */
	notAsked: z.array(short).max(5_000),
});
export type RuntimeFacts = z.infer<typeof runtimeFactsSchema>;

export type { InsideFacts } from "./inside-facts.ts";
