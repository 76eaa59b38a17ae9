import { join } from "node:path";
import { servicePart } from "../service-part.ts";

/** Temporal's dev server with a database file, so that a second run finds its history. */
export const temporal = servicePart({
	name: "temporal",
	at: ({ ports }) => `127.0.0.1:${ports.temporal}`,
	program({ directory, ports, venv }) {
		const args = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(ports.temporal)];
		// Waiting for the disk on every write stalls it when images are built or pulled; a power cut may cost its history.
		const fast = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=OFF"];
		const more = ["--db-filename", join(directory, "temporal.db"), ...fast, "--log-level", "error"];
		return { file: join(venv, "bin", "temporal"), args: [...args, ...more] };
	},
	async status({ ports, venv, shell }) {
		const address = `127.0.0.1:${ports.temporal}`;
		const args = ["operator", "cluster", "health", "--address", address, "--command-timeout", "2s"];
		return (await shell.run(join(venv, "bin", "temporal"), args)).exitCode === 0;
	},
});
