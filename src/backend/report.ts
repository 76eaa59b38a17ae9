import { z } from "zod";

const program = z.object({
	name: z.string(),
	state: z.enum(["stopped", "running", "restarting", "crash-loop"]),
	pid: z.int().nullable(),
	restarts: z.int(),
	lastEnd: z.string().nullable(),
	upMs: z.number().nullable(),
});

const instance = program.extend({
	server: z.string(),
	port: z.int(),
	modules: z.array(z.string()),
	/** Why its health is not 200; null: it is. */
	fault: z.string().nullable(),
});

export const reportSchema = z.object({
	phase: z.enum(["starting", "up", "restarting", "stopping"]),
	pid: z.int(),
	/** Of the settings that it was started with. */
	mark: z.string(),
	servers: z.array(instance),
	gateway: program.extend({ host: z.string(), port: z.int(), fault: z.string().nullable() }),
	logs: z.object({ reason: z.string().nullable(), lostLines: z.int() }),
});

/** What a supervisor tells of its backend. */
export type SupervisorReport = z.infer<typeof reportSchema>;
export type InstanceReport = SupervisorReport["servers"][number];
