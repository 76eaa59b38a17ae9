import { UserError, messageOf } from "../errors/errors.ts";
import { retried } from "../system/retry.ts";

const TRIES = 3;
const RETRY_MS = 150;

/** gRPC status codes (grpc.io/docs/guides/status-codes) that cres tells apart. */
const GRPC = {
	deadline: 4,
	notFound: 5,
	alreadyExists: 6,
	denied: 7,
	unimplemented: 12,
	unavailable: 14,
	unauthenticated: 16,
} as const;

/** What grpc-js says of a reply without a gRPC status; it makes UNIMPLEMENTED of a 404, as of a method that is not there. */
const OTHER_SERVER = /^Received HTTP status code \d+$/;

/** What Node says of a certificate that it does not take, and of a handshake that the other side ends. */
const TLS_FAULT = /certificate|altnames|\b(?:SSL|TLS|EPROTO)\b|self.signed/i;

const tlsFailed = (address: string, detail: string, cause: unknown) =>
	new UserError("temporal_tls_failed", `the TLS connection to Temporal at ${address} failed (${detail})`, {
		hint: "check temporal.tls in cres.yaml (ca, server_name, cert, key), and that the server speaks TLS",
		cause,
	});

const unreachable = (address: string, says: string, cause: unknown) =>
	new UserError("temporal_unreachable", `Temporal at ${address} ${says}`, {
		hint: "check temporal.address in cres.yaml and that the server runs, then cres doctor",
		cause,
	});

/** Only UNAVAILABLE is worth another try: the call did not reach a server. */
export const withRetries = <T>(call: () => Promise<T>): Promise<T> =>
	retried(call, (outcome, tries) => {
		const mayTry = !outcome.ok && grpcCode(outcome.error) === GRPC.unavailable && tries < TRIES;
		return mayTry ? tries * RETRY_MS : undefined;
	});

const grpcCode = (error: unknown): number | undefined => {
	const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
	return typeof code === "number" ? code : typeof cause?.code === "number" ? cause.code : undefined;
};

/** Without what grpc-js tells of its own insides: name resolution, filters, the choice of an address. */
const plain = (detail: string): string =>
	detail
		.replace(/^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:.*$/s, "$1")
		.replace(/^Deadline exceeded after ([\d.]+)s.*$/s, (_, seconds) => `no answer in ${Math.round(Number(seconds))} s`);

/** The UserError behind a gRPC status; anything else as it is. */
export function explain(error: unknown, server: { address: string; namespace: string }): unknown {
	const code = grpcCode(error);
	if (code === undefined) return error;
	const { address } = server;
	const detail = plain((error as { details?: string }).details ?? messageOf(error));
	if (OTHER_SERVER.test(detail))
		return unreachable(address, `is unreachable: a proxy or another server answers there (${detail})`, error);
	if (code !== GRPC.unavailable && code !== GRPC.deadline) return refused(code, detail, server, error);
	return TLS_FAULT.test(detail)
		? tlsFailed(address, detail, error)
		: unreachable(address, `does not answer (${detail})`, error);
}

/** What a server says that was reached. */
function refused(
	code: number,
	detail: string,
	{ address, namespace }: { address: string; namespace: string },
	cause: unknown,
): UserError {
	switch (code) {
		case GRPC.notFound:
			return new UserError("temporal_namespace_missing", `Temporal at ${address} has no namespace ${namespace}`, {
				hint: "cres control prepare",
				cause,
			});
		case GRPC.denied:
		case GRPC.unauthenticated:
			return new UserError("temporal_unauthorized", `Temporal at ${address} refuses the credential`, {
				hint: "put a valid TEMPORAL_API_KEY into .env",
				cause,
			});
		case GRPC.unimplemented:
			return new UserError("temporal_unsupported", `Temporal at ${address} is too old for this (${detail})`, {
				hint: "use a server of 1.30 or newer",
				cause,
			});
		default:
			return new UserError("temporal_failed", `Temporal at ${address} answers: ${detail}`, {
				hint: "look at the log of the Temporal server, then cres doctor",
				cause,
			});
	}
}
