import { connect } from "node:net";
import { wholeResponse } from "./limits.ts";

const TIMEOUT_MS = 2_000;

/** True when an HTTP server answers there within 2 s, whatever it says. @throws TypeError, TimeoutError when none does */
export async function answersHttp(url: string): Promise<boolean> {
	const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
	await response.body?.cancel();
	return true;
}

/** As a health: on a busy machine this process itself may be what is late. */
const HEALTH_TIMEOUT_MS = 5_000;

/** True when something accepts connections there within 5 s. */
export const acceptsTcp = (port: number, host = "127.0.0.1"): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect({ port, host, timeout: HEALTH_TIMEOUT_MS });
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket
			.once("connect", () => end(true))
			.once("error", () => end(false))
			.once("timeout", () => end(false));
	});

/** Of an answer's body. */
const BODY_BYTES = 65_536;

/** What an HTTP server answers within 5 s, redirects not followed. @throws TypeError, TimeoutError, or a body over 64 KiB */
async function readHttp(url: string): Promise<{ status: number; body: string }> {
	const response = await fetch(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS), redirect: "manual" });
	const { status } = response;
	return { status, body: await (await wholeResponse(response, BODY_BYTES)).text() };
}

/** Whether something answers at an address, and how. */
export interface Answers {
	acceptsTcp(port: number, host?: string): Promise<boolean>;
	readHttp(url: string): Promise<{ status: number; body: string }>;
}

export const systemAnswers: Answers = { acceptsTcp, readHttp };
