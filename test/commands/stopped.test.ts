import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { BIN } from "../support/built.ts";

vi.setConfig({ testTimeout: 60_000 }); // several processes one after the other, on a machine that is busy

/** Accepts connections and says nothing: it stands for Temporal, the registry and an sshd. */
const sockets = new Set<Socket>();
const silent: Server = createServer((socket) => void sockets.add(socket.on("error", () => {})));

let directory: string;
beforeAll(async () => {
	await once(silent.listen(0, "127.0.0.1"), "listening");
	directory = await mkdtemp(join(tmpdir(), "cres-stopped-"));
	const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
	const port = address.split(":")[1];
	await writeFile(
		join(directory, "cres.yaml"),
		`project: video
image: { repository: owner/worker }
registry: { push: { address: "${address}", tls: false } }
temporal: { address: "${address}" }
store: { endpoint: "${address}" }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: ${port}, key: ./id, roles: [cpu] }
`,
	);
	await writeFile(join(directory, ".env"), "MINIO_ACCESS_KEY=a\nMINIO_SECRET_KEY=b\n");
});
afterAll(() => {
	for (const socket of sockets) socket.destroy();
	silent.close();
});

interface Stopped {
	exitCode: number | null;
	stdout: string;
	stderr: string;
	/** From the signal to the end. */
	ms: number;
}

/** Sends the signal as soon as the command waits for an answer. */
async function stopped(line: string, signal: NodeJS.Signals): Promise<Stopped> {
	const { PATH, HOME } = process.env;
	const child = spawn(process.execPath, [BIN, ...line.split(" ")], {
		...{ cwd: directory, env: { PATH, HOME }, stdio: ["ignore", "pipe", "pipe"] },
	});
	let sent = 0;
	silent.once("connection", () =>
		setTimeout(() => {
			sent = performance.now();
			child.kill(signal);
		}, 100),
	);
	const [stdout, stderr, [exitCode]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "close"),
	]);
	return { exitCode: exitCode as number | null, stdout, stderr, ms: performance.now() - sent };
}

const IMAGE = `--image sha256:${"0".repeat(64)}`;

it.each<[string, NodeJS.Signals, number, string]>([
	["status --json", "SIGINT", 130, "interrupted"],
	["status --json", "SIGTERM", 143, "terminated"],
	["pollers --json", "SIGINT", 130, "interrupted"],
	["job list --json", "SIGINT", 130, "interrupted"],
	[`deploy cpu-1 ${IMAGE} --dry-run --json`, "SIGINT", 130, "interrupted"],
	[`deploy cpu-1 ${IMAGE} --dry-run --json`, "SIGTERM", 143, "terminated"],
])("cres %s ends at %s while nobody answers, and says so", async (line, signal, exit, code) => {
	const { exitCode, stdout, stderr, ms } = await stopped(line, signal);
	expect([exitCode, JSON.parse(stdout)]).toEqual([exit, { error: { code, message: expect.any(String) } }]);
	expect(stderr).toMatch(new RegExp(`\n✖ ${code} by the operator\n {2}code: ${code}\n$`));
	expect(ms).toBeLessThan(2_500); // a call to Temporal has 3 s
});
