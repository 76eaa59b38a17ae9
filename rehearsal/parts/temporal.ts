import { join } from "node:path";
import { clientTls, ensureCertificates } from "../certificates.ts";
import type { Part, PartContext } from "../part.ts";
import { programFile } from "../programs.ts";
import { servicePart } from "../service-part.ts";

/** Temporal's dev server with a database file, so that a second run finds its history. It speaks in clear, on loopback. */
const server = servicePart({
	name: "temporal",
	at: ({ ports }) => `127.0.0.1:${ports.temporalPlain}`,
	program({ directory, ports, venv }) {
		const args = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(ports.temporalPlain)];
		// Waiting for the disk on every write stalls it when images are built or pulled; a power cut may cost its history.
		const fast = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=OFF"];
		const more = ["--db-filename", join(directory, "temporal.db"), ...fast, "--log-level", "error"];
		return { file: join(venv, "bin", "temporal"), args: [...args, ...more] };
	},
	status: (context) => isHealthy(context, context.ports.temporalPlain),
});

/** What everybody uses: it asks for a client certificate. */
const front = servicePart({
	name: "temporal-front",
	at: ({ ports }) => `127.0.0.1:${ports.temporal}`,
	async program(context) {
		const { directory, ports } = context;
		const args = [directory, String(ports.temporal), String(ports.temporalPlain)];
		return { file: process.execPath, args: [programFile("temporal-front"), ...args] };
	},
	status(context) {
		const { ca, cert, key, server_name } = clientTls(context);
		const tls = ["--tls-ca-path", ca, "--tls-cert-path", cert, "--tls-key-path", key, "--tls-server-name", server_name];
		return isHealthy(context, context.ports.temporal, tls);
	},
});

async function isHealthy({ venv, shell }: PartContext, port: number, tls: readonly string[] = []): Promise<boolean> {
	const args = ["operator", "cluster", "health", "--address", `127.0.0.1:${port}`, "--command-timeout", "2s", ...tls];
	return (await shell.run(join(venv, "bin", "temporal"), args)).exitCode === 0;
}

/** Temporal over mTLS: its dev server has no TLS of its own. */
export const temporal: Part = {
	...front,
	name: "temporal",
	async up(context, signal) {
		await ensureCertificates(context);
		const both = [await server.up(context, signal), await front.up(context, signal)];
		return both.includes("started") ? "started" : "reused";
	},
	async down(context) {
		await front.down(context);
		await server.down(context);
	},
};
