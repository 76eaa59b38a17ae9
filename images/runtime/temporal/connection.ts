import type { CodecKey } from "../../../src/contracts/payload-codec.ts";

/** Where Temporal is, and how it is spoken to. */
export interface TemporalAddress {
	/** `host:port` of the gRPC frontend. */
	address: string;
	namespace: string;
	/** Absent: plain. */
	tls?: TemporalTls | undefined;
	/** Sent with every call; over TLS only. */
	apiKey?: string | undefined;
	/** Payloads are encrypted with the first and decrypted with any; absent: none. */
	codecKeys?: readonly CodecKey[] | undefined;
}

/** Texts are PEM (RFC 7468). */
export interface TemporalTls {
	/** Absent: the public CAs. */
	ca?: string | undefined;
	/** Absent: that of the address. */
	serverName?: string | undefined;
	/** For servers that ask for one (mTLS). */
	client?: { cert: string; key: string } | undefined;
}

/** How every process of an image reaches Temporal, client and worker alike; each adds its own limits. */
export const connectionOptions = ({ address, tls, apiKey }: Omit<TemporalAddress, "namespace">) => ({
	address,
	tls: tls ? tlsOptions(tls) : (false as const),
	...(apiKey === undefined ? {} : { apiKey }),
});

const tlsOptions = ({ ca, serverName, client }: TemporalTls) => ({
	...(serverName === undefined ? {} : { serverNameOverride: serverName }),
	...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
	...(client ? { clientCertPair: { crt: Buffer.from(client.cert), key: Buffer.from(client.key) } } : {}),
});
