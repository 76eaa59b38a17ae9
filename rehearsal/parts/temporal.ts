import { join } from "node:path";
import { clientTls } from "../certificates.ts";
import type { PartContext } from "../part.ts";
import { programFile } from "../programs.ts";

/** Temporal's dev server with a database file, so that a second run finds its history. It speaks in clear, on loopback. */
export function temporalServer({ directory, ports, venv }: PartContext): string[] {
	const where = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(ports.temporalPlain)];
	// Waiting for the disk on every write stalls it when images are built or pulled; a power cut may cost its history.
	const fast = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=OFF"];
	const more = ["--db-filename", join(directory, "temporal.db"), ...fast, "--log-level", "error"];
	return [join(venv, "bin", "temporal"), ...where, ...more];
}

/** What everybody uses: it asks for a client certificate. The dev server has no TLS of its own. */
export const temporalFront = ({ directory, ports }: PartContext): string[] => [
	...[process.execPath, programFile("temporal-front")],
	...[directory, String(ports.temporal), String(ports.temporalPlain)],
];

/** Whether it answers over mTLS. */
export async function answersTemporal(context: PartContext): Promise<boolean> {
	const { venv, shell, ports } = context;
	const { ca, cert, key, server_name } = clientTls(context);
	const tls = ["--tls-ca-path", ca, "--tls-cert-path", cert, "--tls-key-path", key, "--tls-server-name", server_name];
	const where = ["--address", `127.0.0.1:${ports.temporal}`, "--command-timeout", "2s"];
	return (
		(await shell.run(join(venv, "bin", "temporal"), ["operator", "cluster", "health", ...where, ...tls])).exitCode === 0
	);
}
