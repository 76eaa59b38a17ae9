import { connect } from "node:net";
import { join } from "node:path";
import { ensureService, startService, stopService, type Service } from "../process.ts";
import type { Part, PartContext } from "../part.ts";

const service = ({ directory }: PartContext): Service => ({ name: "temporal", directory });

/** True when something accepts connections there. */
export const acceptsTcp = (port: number, host = "127.0.0.1"): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect({ port, host, timeout: 2_000 });
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket
			.once("connect", () => end(true))
			.once("error", () => end(false))
			.once("timeout", () => end(false));
	});

/** Temporal's dev server with a database file, so that a second run finds its history. */
export const temporal: Part = {
	name: "temporal",
	at: ({ ports }) => `127.0.0.1:${ports.temporal}`,
	up(context) {
		const { directory, ports, venv } = context;
		const args = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(ports.temporal)];
		// Waiting for the disk on every write stalls it when images are built or pulled; a power cut may cost its history.
		const fast = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=OFF"];
		const more = ["--db-filename", join(directory, "temporal.db"), ...fast, "--log-level", "error"];
		const start = () => startService(service(context), join(venv, "bin", "temporal"), [...args, ...more]);
		return ensureService(service(context), () => temporal.status(context), start);
	},
	down: (context) => stopService(service(context)),
	async status({ ports, venv, shell }) {
		const address = `127.0.0.1:${ports.temporal}`;
		const args = ["operator", "cluster", "health", "--address", address, "--command-timeout", "2s"];
		return (await shell.run(join(venv, "bin", "temporal"), args)).exitCode === 0;
	},
};
