import { z } from "zod";
import { readTextIfExists } from "../system/files.ts";
import { jsonOf } from "../system/json.ts";
import { readBytes } from "../system/limits.ts";
import type { BackendPlace } from "./place.ts";
import { reportSchema, type SupervisorReport } from "./report.ts";
import { controlFile, controlSchema, failureFile, failureSchema } from "./supervisor/spec.ts";

const MOST_BYTES = 1_000_000;
const ANSWER_MS = 10_000;

/** What the supervisor of a backend tells; undefined when it does not answer. */
export async function askReport(place: BackendPlace, ms = ANSWER_MS): Promise<SupervisorReport | undefined> {
	return reportSchema.safeParse(await ask(place, "GET", "/status", ms)).data;
}

/** Asks the supervisor to stop everything; resolves when it has, or does not answer, or `signal` ends the wait. */
export const askStop = async (place: BackendPlace, graceMs: number, signal?: AbortSignal): Promise<void> =>
	void (await ask(place, "POST", `/stop?graceMs=${graceMs}`, graceMs + ANSWER_MS, signal));

/** Asks for a restart, which goes on when this resolves; false when nobody answers. No `graceMs`: the usual time. */
export async function askRestart(place: BackendPlace, graceMs: number | undefined, ms = ANSWER_MS): Promise<boolean> {
	const query = graceMs === undefined ? "" : `?graceMs=${graceMs}`;
	return (await ask(place, "POST", `/restart${query}`, ms)) !== undefined;
}

/** Why the start with this nonce failed, as the supervisor has left it. */
export async function readFailure(
	place: BackendPlace,
	nonce: string,
): Promise<z.infer<typeof failureSchema> | undefined> {
	const { data } = failureSchema.safeParse(jsonOf((await readTextIfExists(failureFile(place.directory))) ?? ""));
	return data?.nonce === nonce ? data : undefined;
}

async function ask(
	place: BackendPlace,
	method: string,
	path: string,
	ms: number,
	signal?: AbortSignal,
): Promise<unknown> {
	const { data } = controlSchema.safeParse(jsonOf((await readTextIfExists(controlFile(place.directory))) ?? ""));
	if (!data) return undefined;
	try {
		const response = await fetch(`http://127.0.0.1:${data.port}${path}`, {
			method,
			headers: { authorization: `Bearer ${data.token}` },
			signal: AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]),
			redirect: "error",
		});
		const body = response.body ? await readBytes(response.body, MOST_BYTES) : Buffer.alloc(0);
		return response.ok ? jsonOf(body) : undefined;
	} catch {
		return undefined; // it is not there any more, or says nothing
	}
}
