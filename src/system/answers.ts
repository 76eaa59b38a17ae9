import { connect } from "node:net";

const TIMEOUT_MS = 2_000;

/** True when an HTTP server answers there within 2 s, whatever it says. @throws TypeError, TimeoutError when none does */
export async function answersHttp(url: string): Promise<boolean> {
	const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
	await response.body?.cancel();
	return true;
}

/** True when something accepts connections there within 2 s. */
export const acceptsTcp = (port: number, host = "127.0.0.1"): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect({ port, host, timeout: TIMEOUT_MS });
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket
			.once("connect", () => end(true))
			.once("error", () => end(false))
			.once("timeout", () => end(false));
	});

/** The status of what an HTTP server answers within 2 s. @throws TypeError, TimeoutError when none does */
async function httpStatus(url: string): Promise<number> {
	const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
	await response.body?.cancel();
	return response.status;
}

/** Whether something answers at an address, and how. */
export interface Answers {
	acceptsTcp(port: number, host?: string): Promise<boolean>;
	httpStatus(url: string): Promise<number>;
}

export const systemAnswers: Answers = { acceptsTcp, httpStatus };
