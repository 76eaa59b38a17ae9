import { z } from "zod";
import { BUILD_INFO_PATH, buildInfoSchema } from "../../contracts/build-info.ts";
import { CONTAINER_ID_PATH, SUPERVISOR_CONFIG, WORKER_PROGRAMS } from "../../contracts/vast.ts";
import { UserError } from "../../errors/errors.ts";
import type { SshSession } from "../ssh/session.ts";

const [BEGIN, END] = ["cres-probe-begin", "cres-probe-end"];

/** What a Vast container says of itself. */
export interface Probe {
	/** CONTAINER_ID: number of the contract that this container belongs to; undefined when it says none. */
	contract: number | undefined;
	/** Build id of the image; undefined where the image is not one of ours. */
	buildId: string | undefined;
	/** Rollout whose on-start it was started with; undefined for somebody else's on-start. */
	rollout: string | undefined;
	/** First 8 hex digits of the id that its worker's identity ends with; undefined before on-start ran. */
	container: string | undefined;
	/** supervisord's word for the workers, that of the worst one, or `none`. */
	worker: "RUNNING" | "STARTING" | "BACKOFF" | "STOPPING" | "STOPPED" | "EXITED" | "FATAL" | "UNKNOWN" | "none";
	/** Process ids of the workers in a row: another number is a restart. */
	workerPid: number | undefined;
}

/** Reads nothing that is secret: of process 1's environment only CONTAINER_ID leaves the container. */
const SCRIPT = [
	`echo ${BEGIN}`,
	`sed -zn 's/^CONTAINER_ID=/container_id=/p' /proc/1/environ | tr '\\0' '\\n'`,
	`echo "worker_container=$(cat ${CONTAINER_ID_PATH} 2>/dev/null)"`,
	`echo "rollout=$(sed -n 's/^# cres on-start of rollout //p' /root/onstart.sh 2>/dev/null)"`,
	`echo "build_info=$(tr -d '\\n' < ${BUILD_INFO_PATH} 2>/dev/null)"`,
	// the worst state of the workers, and their process ids in a row
	`supervisorctl -c ${SUPERVISOR_CONFIG} status '${WORKER_PROGRAMS}' 2>/dev/null | awk '/^workers:/ && $2 ~ /^[A-Z]+$/ {`,
	`\tif ($2 != "RUNNING") bad = $2; else good = $2; if ($3 == "pid") { sub(",", "", $4); pids = pids $4 } }`,
	`\tEND { print "worker=" (bad ? bad : good ? good : "none"); print "worker_pid=" pids }'`,
	`echo ${END}`,
].join("\n");

const whole = z.coerce.number().int().positive().optional().catch(undefined);
const schema = z.object({
	container_id: whole,
	worker_container: z
		.string()
		.regex(/^[0-9a-f]{8}$/)
		.optional()
		.catch(undefined),
	worker: z
		.enum(["RUNNING", "STARTING", "BACKOFF", "STOPPING", "STOPPED", "EXITED", "FATAL", "UNKNOWN", "none"])
		.catch("none"),
	worker_pid: whole,
});

/** Asks a container who it is and how its worker does. @throws UserError probe_failed */
export async function probe(name: string, session: SshSession): Promise<Probe> {
	const { stdout, stderr, exitCode } = await session.exec(["sh", "-c", SCRIPT]);
	const found = parseProbe(stdout);
	if (found) return found;
	throw new UserError(
		"probe_failed",
		`${name} does not answer over ssh (exit ${exitCode}): ${stderr.trim().slice(0, 200)}`,
		{
			hint: `cres ssh ${name}, to see what its shell says`,
		},
	);
}

/** What stands between the marks; greetings and complaints of a login shell around them do not matter. */
export function parseProbe(stdout: string): Probe | undefined {
	const lines = stdout.split(/\r?\n/);
	const [from, to] = [lines.indexOf(BEGIN), lines.lastIndexOf(END)];
	if (from < 0 || to < from) return undefined;
	const pairs = lines.slice(from + 1, to).flatMap((line): [string, string][] => {
		const at = line.indexOf("=");
		return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()]] : [];
	});
	const values = Object.fromEntries(pairs);
	const { container_id, worker_container, worker, worker_pid } = schema.parse(values);
	return {
		contract: container_id,
		buildId: buildIdIn(values["build_info"]),
		rollout: values["rollout"] || undefined,
		container: worker_container,
		worker,
		workerPid: worker_pid,
	};
}

function buildIdIn(text: string | undefined): string | undefined {
	try {
		return buildInfoSchema.parse(JSON.parse(text ?? "")).buildId;
	} catch {
		return undefined;
	}
}
