import { z } from "zod";
import { buildInfoSchema } from "../../contracts/build-info.ts";

const text = z.string().max(2_000);
const short = z.string().max(400);
const count = z.number().nonnegative();
/** Milliseconds since the epoch, by the clock of the container. */
const time = z.number();

const programSchema = z.object({
	/** As supervisord names it: `api`, or `workers:worker-cpu`. */
	name: short,
	state: short,
	pid: z.int(),
	exitStatus: z.int(),
	spawnError: text,
	startedAt: time,
	stoppedAt: time,
});
export type ProgramFacts = z.infer<typeof programSchema>;

const rungSchema = z.object({ rung: short, ok: z.boolean(), detail: text, ms: count });
const ladderSchema = z.object({
	dependency: z.enum(["temporal", "store"]),
	address: short,
	rungs: z.array(rungSchema).max(8),
});

const certificateSchema = z.object({ what: short, subject: short, notAfter: time });

/** What the program in the container prints. A section that it could not read is null, and `missed` says why. */
export const insideSchema = z.object({
	at: time,
	/** What the image says it is; null where it is none of ours. */
	build: buildInfoSchema.nullable().catch(null),
	/** CONTAINER_ID of process 1, which Vast sets: the contract. */
	contract: short.nullable(),
	supervisor: z
		.object({
			/** `absent`: there is no socket; `silent`: it does not answer there. */
			state: z.enum(["absent", "silent", "answers"]),
			detail: text,
			programs: z.array(programSchema).max(50),
		})
		.nullable(),
	/** What GET /health of its own api answers. */
	health: z.object({ port: z.int(), status: z.int().nullable(), answer: z.string().max(8_000) }).nullable(),
	/** On-start of Vast: the rollout that it names. */
	onStart: z.object({ rollout: short.nullable(), ran: z.boolean() }).nullable(),
	disks: z
		.array(z.object({ path: short, total: count, free: count, inodes: count, freeInodes: count }))
		.max(10)
		.nullable(),
	/** Bytes; `limit` null: none. */
	memory: z.object({ limit: count.nullable(), used: count, reclaimable: count, oomKills: count }).nullable(),
	gpu: z
		.object({
			pretended: z.boolean(),
			/** CUDA of the image, of its driver; empty: unknown. */
			cudaImage: short,
			cudaDriver: short,
			devices: z.array(z.object({ name: short, driver: short, totalMiB: count, usedMiB: count })).max(64),
			/** Why nvidia-smi told nothing; empty: it did. */
			failure: text,
		})
		.nullable(),
	listeners: z
		.array(
			z.object({
				port: z.int(),
				address: short,
				/** Null: its owner cannot be seen. */
				pid: z.int().nullable(),
				command: short,
				/** Its process is supervisord or was started by it. */
				managed: z.boolean(),
			}),
		)
		.max(200)
		.nullable(),
	/** Programs of the image that run beside supervisord. */
	strays: z
		.array(z.object({ pid: z.int(), command: short }))
		.max(100)
		.nullable(),
	/** Files of the image that supervisord shall start. */
	targets: z
		.array(z.object({ program: short, path: short, exists: z.boolean() }))
		.max(200)
		.nullable(),
	environment: z
		.object({
			/** Set in process 1, to something. */
			names: z.array(short).max(1_000),
			/** Set in a worker's process; null when none runs. */
			worker: z.array(short).max(1_000).nullable(),
			/** Values with a blank at an end, or that are no address where one is needed. No value leaves the container. */
			odd: z.array(z.object({ name: short, what: short })).max(50),
			/** Names that stand for one setting and have different values. */
			disagree: z.array(z.array(short).max(4)).max(10),
		})
		.nullable(),
	certificates: z.array(certificateSchema).max(20).nullable(),
	ladders: z.array(ladderSchema).max(4).nullable(),
	/** Section → why it is null. */
	missed: z.record(z.string().max(40), text),
});
export type InsideFacts = z.infer<typeof insideSchema>;
