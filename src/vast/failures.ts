import { UserError } from "../errors/errors.ts";
import type { Route } from "./routes.ts";
import { pathOf, type Ask, type Failure } from "./transport.ts";

/** What was asked, and what came of it in the end. */
export interface Failed {
	route: Route;
	ask: Ask;
	failure: Failure;
	/** One of the tries may have been carried out although no reply says so. */
	uncertain: boolean;
}

const SCOPES = "instance_read and instance_write, misc for --replace";

/** The error that a person reads. Neither its text nor its properties hold the key. */
export function vastError({ route, ask, failure, uncertain }: Failed): UserError {
	const call = `${route.method} ${pathOf(route, ask)}`;
	const answer = failure.status === undefined ? "" : ` (HTTP ${failure.status})`;
	const detail = failure.detail ? `: ${failure.detail}` : "";
	switch (failure.reason) {
		case "unauthorized":
			return new UserError("vast_unauthorized", `Vast does not accept the key${answer}${detail}`, {
				hint: `put a valid key with the scopes ${SCOPES} into .env as VAST_API_KEY, then cres instance list`,
			});
		case "forbidden":
			return new UserError("vast_forbidden", `the key may not do ${call}${answer}${detail}`, {
				hint: `give the key the scopes ${SCOPES}, or take one of the account that owns the instance`,
			});
		case "refused":
			return new UserError("vast_refused", `Vast refuses ${call}${answer}${named(failure)}${detail}`, {
				hint: "cres instance list",
			});
		case "misdirected":
			return new UserError("vast_unreachable", `${call} does not end at Vast's API${detail}`, {
				hint: "check VAST_URL in .env, and NODE_EXTRA_CA_CERTS behind an inspecting proxy; then run the command again",
			});
		default:
			return uncertain && route.changes ? lost(call, detail) : passing(call, failure, answer, detail);
	}
}

const named = ({ code, detail }: Failure): string => (code === undefined || code === detail ? "" : ` ${code}`);

const lost = (call: string, detail: string) =>
	new UserError("vast_reply_lost", `no reply says whether Vast carried out ${call}${detail}`, {
		hint: "cres instance list shows what is there; then run the command again",
	});

function passing(call: string, failure: Failure, answer: string, detail: string): UserError {
	if (failure.reason === "rate-limited")
		return new UserError("vast_rate_limited", `Vast still asks for fewer calls of ${call}${detail}`, {
			hint: "wait a minute, then run the command again",
		});
	if (failure.reason === "garbled")
		return new UserError("vast_unreadable", `Vast answered ${call} with something else than JSON${answer}${detail}`, {
			hint: "check VAST_URL in .env, then run the command again",
		});
	return new UserError("vast_unreachable", `Vast does not answer ${call}${answer}${detail}`, {
		hint: "check the network and VAST_URL, then run the command again",
	});
}
