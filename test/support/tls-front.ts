import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startTlsFront, type TlsFront } from "../../rehearsal/tls-front.ts";

const tlsFile = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** PEM files: a CA, a certificate that it signed for localhost, temporal.test and 127.0.0.1, and its private key. */
export const TLS_FILES = {
	ca: tlsFile("ca.pem"),
	certificate: tlsFile("signed.pem"),
	key: tlsFile("signed-key.pem"),
} as const;

/**
 * Ends TLS with the certificates of TLS_FILES before `target`, a `host:port`. `mutual`: clients must show one of that CA;
 * `protocol`: what it speaks inside.
 */
export function tlsFront(
	target: string,
	{ mutual = false, protocol = "h2" }: { mutual?: boolean; protocol?: "h2" | "http/1.1" } = {},
): Promise<TlsFront> {
	const [targetHost, targetPort] = target.split(":");
	const read = (name: keyof typeof TLS_FILES): string => readFileSync(TLS_FILES[name], "utf8");
	return startTlsFront({
		...{ cert: read("certificate"), key: read("key"), ca: read("ca"), mutual, protocol },
		...{ host: "127.0.0.1", port: 0, target: { host: targetHost!, port: Number(targetPort) } },
	});
}
