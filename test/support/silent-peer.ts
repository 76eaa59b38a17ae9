import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { starterPerimeter } from "../../src/perimeter/starter.ts";
import { BIN } from "./built.ts";
import { outcomeOf, type Outcome } from "./outcome-of.ts";

interface Stopped extends Outcome {
	/** From the signal to the end. */
	ms: number;
}

/** A project whose every address is a peer that accepts connections and says nothing. */
export interface SilentProject {
	/** Runs a command, and sends the signal as soon as it waits for the peer. */
	stop(line: string, signal: NodeJS.Signals): Promise<Stopped>;
	close(): void;
}

export async function silentProject(): Promise<SilentProject> {
	const sockets = new Set<Socket>();
	const silent = createServer((socket) => void sockets.add(socket.on("error", () => {})));
	await once(silent.listen(0, "127.0.0.1"), "listening");
	const directory = await mkdtemp(join(tmpdir(), "cres-stopped-"));
	for (const [path, content] of Object.entries(filesOf((silent.address() as AddressInfo).port))) {
		await mkdir(dirname(join(directory, path)), { recursive: true });
		await writeFile(join(directory, path), content, { mode: 0o600 });
	}
	return {
		stop: (line, signal) => stop(silent, directory, { line, signal }),
		close: () => {
			for (const socket of sockets) socket.destroy();
			silent.close();
		},
	};
}

function filesOf(port: number): Record<string, string> {
	const address = `127.0.0.1:${port}`;
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const pin = { fingerprint: "SHA256:x", type: "ssh-ed25519", endpoint: address, pinnedAt: "2026-11-30T00:00:00Z" };
	return {
		"cres.yaml": `project: video
image: { repository: owner/worker }
registry: { push: { address: "${address}", tls: false } }
temporal: { address: "${address}", namespace: video }
store: { endpoint: "${address}" }
github: { api: "http://${address}", repository: owner/worker }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: ${port}, key: ./id, roles: [cpu] }
  gpu-1: { driver: vast, id: 1, key: ./id, roles: [gpu] }
`,
		".env": `MINIO_ACCESS_KEY=a
MINIO_SECRET_KEY=b
GITHUB_TOKEN=c
VAST_API_KEY=d
VAST_URL=http://${address}
`,
		id: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
		".cres/cres@video/host-keys.json": JSON.stringify({ v: 1, value: { "cpu-1": pin } }),
		"docs/Perimeter.md": starterPerimeter(),
		"docs/PLAN.md": `# PLAN

## 2026-11-30 — Ask the api

### Validation

- Checks:
  - \`check: http-status http://${address} 200\` → passed: 200
`,
	};
}

async function stop(
	silent: Server,
	cwd: string,
	{ line, signal }: { line: string; signal: NodeJS.Signals },
): Promise<Stopped> {
	const { PATH, HOME } = process.env;
	const child = spawn(process.execPath, [BIN, ...line.split(" ")], {
		...{ cwd, env: { PATH, HOME }, stdio: ["ignore", "pipe", "pipe"] },
	});
	let sent = 0;
	const send = () =>
		setTimeout(() => {
			sent = performance.now();
			child.kill(signal);
		}, 100);
	silent.once("connection", send);
	const outcome = await outcomeOf(child);
	silent.off("connection", send);
	return { ...outcome, ms: performance.now() - sent };
}
