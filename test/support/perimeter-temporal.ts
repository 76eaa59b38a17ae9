import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "@temporalio/client";
import { clientTls } from "../../rehearsal/certificates.ts";
import type { Layout } from "../../rehearsal/part.ts";
import { Secret } from "../../src/secrets/secret.ts";
import type { TemporalOptions } from "../../src/temporal/temporal.ts";

/** A perimeter's Temporal, which lets in whoever has its client certificate. */
export interface ServedTemporal {
	/** `host:port` */
	address: string;
	/** Files in PEM. */
	tls: ReturnType<typeof clientTls>;
}

/** As this machine reaches it, or the one that `host` is on. */
export const temporalOf = (layout: Pick<Layout, "directory" | "ports">, host = "127.0.0.1"): ServedTemporal => ({
	address: `${host}:${layout.ports.temporal}`,
	tls: clientTls(layout),
});

const read = (path: string): string => readFileSync(path, "utf8");
const base64 = (path: string): string => readFileSync(path).toString("base64");

/** For clients of the SDK. */
export const sdkConnection = ({ address, tls }: ServedTemporal) =>
	({
		address,
		tls: {
			serverNameOverride: tls.server_name,
			serverRootCACertificate: readFileSync(tls.ca),
			clientCertPair: { crt: readFileSync(tls.cert), key: readFileSync(tls.key) },
		},
	}) satisfies ConnectionOptions;

/** For the toolkit's own client. */
export const toolkitConnection = ({ address, tls }: ServedTemporal): TemporalOptions => ({
	address,
	namespace: "default",
	tls: {
		ca: read(tls.ca),
		client: { cert: read(tls.cert), key: new Secret(read(tls.key)) },
		serverName: tls.server_name,
	},
});

/** What a program of an image finds in its environment. */
export const temporalEnvironment = ({ address, tls }: ServedTemporal): Record<string, string> => ({
	TEMPORAL_ADDRESS: address,
	TEMPORAL_TLS: "true",
	TEMPORAL_TLS_CA: base64(tls.ca),
	TEMPORAL_TLS_SERVER_NAME: tls.server_name,
	TEMPORAL_TLS_CERT: base64(tls.cert),
	TEMPORAL_TLS_KEY: base64(tls.key),
});
