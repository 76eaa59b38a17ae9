import type { Secret } from "../secrets/secret.ts";

/** How the server is verified, and how it verifies the client. */
export interface TemporalTls {
	/** Undefined: the public CAs. */
	ca: string | undefined;
	client: { cert: string; key: Secret } | undefined;
	/** Undefined: that of the address. */
	serverName: string | undefined;
}

/** As the SDK takes it; undefined: the public CAs, and no client certificate. */
export const tlsOptions = (tls: TemporalTls | undefined) => ({
	...(tls?.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
	...(tls?.ca === undefined ? {} : { serverRootCACertificate: Buffer.from(tls.ca) }),
	...(tls?.client
		? { clientCertPair: { crt: Buffer.from(tls.client.cert), key: Buffer.from(tls.client.key.reveal()) } }
		: {}),
});
