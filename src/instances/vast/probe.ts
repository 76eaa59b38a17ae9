import { z } from "zod";
import { BUILD_INFO_PATH, buildInfoSchema } from "../../contracts/build-info.ts";
import { CONTAINER_ID_PATH } from "../../contracts/vast.ts";
import { UserError } from "../../errors/errors.ts";
import { parseWorkerState, WORKER_STATE_SCRIPT, type WorkerState } from "../crash-loop.ts";
import type { SshSession } from "../ssh/session.ts";
import { redact } from "../../secrets/secret.ts";

const [BEGIN, END] = ["cres-probe-begin", "cres-probe-end"];

/** What a Vast container says of itself. */
export interface Probe extends WorkerState {
	/** CONTAINER_ID: number of the contract that this container belongs to; undefined when it says none. */
	contract: number | undefined;
	/** Build id of the image; undefined where the image is not one of ours. */
	buildId: string | undefined;
	/** Rollout whose on-start it was started with; undefined for somebody else's on-start. */
	rollout: string | undefined;
	/** First 8 hex digits of the id that its worker's identity ends with; undefined before on-start ran. */
	container: string | undefined;
}

/** Reads nothing that is secret: of process 1's environment only CONTAINER_ID leaves the container. */
const SCRIPT = [
	`echo ${BEGIN}`,
	`sed -zn 's/^CONTAINER_ID=/container_id=/p' /proc/1/environ | tr '\\0' '\\n'`,
	`echo "worker_container=$(cat ${CONTAINER_ID_PATH} 2>/dev/null)"`,
	`echo "rollout=$(sed -n 's/^# cres on-start of rollout //p' /root/onstart.sh 2>/dev/null)"`,
	`echo "build_info=$(tr -d '\\n' < ${BUILD_INFO_PATH} 2>/dev/null)"`,
	...WORKER_STATE_SCRIPT,
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
});

/** Asks a container who it is and how its worker does. @throws UserError probe_failed */
export async function probe(name: string, session: SshSession): Promise<Probe> {
	const { stdout, stderr, exitCode } = await session.exec(["sh", "-c", SCRIPT]);
	const found = parseProbe(stdout);
	if (found) return found;
	throw new UserError(
		"probe_failed",
		`${name} does not answer over ssh (exit ${exitCode}): ${redact(stderr).trim().slice(0, 200)}`,
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
	const between = lines.slice(from + 1, to);
	const pairs = between.flatMap((line): [string, string][] => {
		const at = line.indexOf("=");
		return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()]] : [];
	});
	const values = Object.fromEntries(pairs);
	const { container_id, worker_container } = schema.parse(values);
	return {
		contract: container_id,
		buildId: buildIdIn(values["build_info"]),
		rollout: values["rollout"] || undefined,
		container: worker_container,
		...parseWorkerState(between.join("\n")),
	};
}

function buildIdIn(text: string | undefined): string | undefined {
	try {
		return buildInfoSchema.parse(JSON.parse(text ?? "")).buildId;
	} catch {
		return undefined;
	}
}
