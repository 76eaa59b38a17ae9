import type { RegistryAddress } from "../config/schema.ts";
import { UserError, codeOf } from "../errors/errors.ts";
import { readText } from "../system/files.ts";
import { retried } from "../system/retry.ts";
import { createAuthorizer, type RegistryCredential, type Scope } from "./auth.ts";
import { createSend, type HttpReply, type HttpRequest, type Send } from "./http.ts";
import { mayRepeat, putOff, type Patience } from "./put-off.ts";
import { notRegistry, pageIn, refused, unauthorized, unreachable } from "./refusals.ts";

/** Makes one call with the right `scope`; throws what its status means unless it is one of `accepted`. */
export type Call = (request: HttpRequest, scope: Scope, accepted: readonly number[]) => Promise<HttpReply>;

type Manner = Patience & { onReply: (reply: HttpReply) => void };

/** Calls of one registry, with its credential and its patience. `open` is asked once, for the first call. */
export function createCaller(
	base: URL,
	open: () => Promise<Send>,
	credential: RegistryCredential | undefined,
	manner: Manner,
): Call {
	const { host, origin } = base;
	let opened: Promise<Send> | undefined;
	const sendOnce: Send = async (request) => {
		try {
			const reply = await (await (opened ??= open()))(request);
			if (reply.url.host === host) manner.onReply(reply);
			return reply;
		} catch (error) {
			throw error instanceof UserError ? error : unreachable(request.url.host, error);
		}
	};
	const send: Send = (request) =>
		retried(
			() => sendOnce(request),
			(outcome, count) => (mayRepeat(request) ? putOff(outcome, count, manner, request.method === "PUT") : undefined),
			manner.pause,
		);
	const authorizer = createAuthorizer(send, credential, base);
	return async (request, scope, accepted) => {
		const attempt = () => {
			const authorization = request.url.origin === origin ? authorizer.header(scope) : undefined;
			return send({ ...request, headers: { ...request.headers, authorization } });
		};
		let reply = await attempt();
		const isOurs = reply.url.origin === origin; // a storage may not ask for the registry's credential
		if (reply.status === 401 && isOurs && (await authorizer.answer(reply.headers["www-authenticate"], scope)))
			reply = await attempt();
		assertRegistry(host, reply, accepted);
		if (accepted.includes(reply.status)) return reply;
		throw reply.status === 401 || reply.status === 403
			? unauthorized(reply.url.host, reply, credential !== undefined && isOurs)
			: refused(request, reply);
	};
}

/** A page that is no refusal of the registry comes from a proxy or another server. @throws UserError registry_error */
function assertRegistry(host: string, reply: HttpReply, accepted: readonly number[]): void {
	const page = reply.status === 401 ? undefined : pageIn(reply);
	if (page !== undefined && (accepted.includes(reply.status) ? reply.status < 300 : reply.status === 403))
		throw notRegistry(host, reply, page);
}

/** How requests travel: by the CA of cres.yaml, where it names one. @throws UserError registry_ca_missing */
export async function transport(
	{ ca }: RegistryAddress,
	limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Send> {
	if (ca === undefined) return createSend(limits);
	const pem = await readText(ca).catch((error: unknown) => {
		throw new UserError("registry_ca_missing", `the registry's CA file ${ca} cannot be read (${codeOf(error)})`, {
			hint: "correct registry.push.ca in cres.yaml",
		});
	});
	return createSend({ ...limits, ca: pem });
}

/** What the calls of one registry are made with. */
export interface RegistryClient {
	/** host or host:port. */
	host: string;
	/** A path below `/v2/`. */
	at: (path: string) => URL;
	call: Call;
	patience: Patience;
}

/** The right to read a repository (distribution-spec's token authentication, "scope"). */
export const pull = (repository: string): Scope => `repository:${repository}:pull`;
/** The right to write to it. */
export const push = (repository: string): Scope => `repository:${repository}:pull,push`;
