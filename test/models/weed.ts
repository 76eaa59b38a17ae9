import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AwsClient } from "aws4fetch";

const PROGRAM = join(import.meta.dirname, "../../.cres/venv/bin/weed");
const BUCKET = "cres";

/** A real S3 server with one empty bucket. */
export interface Weed {
	/** `host:port` */
	endpoint: string;
	bucket: string;
	accessKey: string;
	secretKey: string;
	put(key: string, body: string | Buffer<ArrayBuffer>): Promise<void>;
	/** Undefined when there is no such object. */
	get(key: string): Promise<Response | undefined>;
	close(): Promise<void>;
}

export async function startWeed(): Promise<Weed> {
	const directory = await mkdtemp(join(tmpdir(), "cres-weed-"));
	const keys = { accessKey: randomBytes(12).toString("hex"), secretKey: randomBytes(12).toString("hex") };
	const identity = { name: "tests", credentials: [keys], actions: ["Admin", "Read", "Write", "List", "Tagging"] };
	await writeFile(join(directory, "s3.json"), JSON.stringify({ identities: [identity] }), { mode: 0o600 });
	const [s3, ...others] = await freePorts(8);
	const child = spawn(PROGRAM, programArguments(directory, s3!, others), { stdio: "ignore" });
	const ended = once(child, "exit");
	const endpoint = `127.0.0.1:${s3}`;
	const client = new AwsClient({
		accessKeyId: keys.accessKey,
		secretAccessKey: keys.secretKey,
		service: "s3",
		region: "us-east-1",
	});
	const send = (method: string, key: string, body?: string | Buffer<ArrayBuffer>) =>
		client.fetch(`http://${endpoint}/${BUCKET}${key}`, { method, ...(body === undefined ? {} : { body }) });
	await untilMade(() => send("PUT", ""));
	return {
		...keys,
		endpoint,
		bucket: BUCKET,
		async put(key, body) {
			const response = await send("PUT", `/${key}`, body);
			if (!response.ok) throw new Error(`PUT ${key}: ${response.status} ${await response.text()}`);
		},
		async get(key) {
			const response = await send("GET", `/${key}`);
			return response.ok ? response : undefined;
		},
		async close() {
			child.kill("SIGKILL");
			await ended;
			await rm(directory, { recursive: true, force: true });
		},
	};
}

const programArguments = (directory: string, s3: number, [m, mg, v, vg, f, fg, s3g]: readonly number[]): string[] => [
	"server",
	`-dir=${directory}`,
	...["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=64", "-volume.max=8"],
	...[`-master.port=${m}`, `-master.port.grpc=${mg}`, `-volume.port=${v}`, `-volume.port.grpc=${vg}`],
	...["-volume.preStopSeconds=0", "-filer", `-filer.port=${f}`, `-filer.port.grpc=${fg}`, "-master.telemetry=false"],
	...["-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", `-s3.port=${s3}`, `-s3.port.grpc=${s3g}`],
	`-s3.config=${join(directory, "s3.json")}`,
];

async function untilMade(make: () => Promise<Response>): Promise<void> {
	for (let attempt = 0; attempt < 150; attempt++) {
		const response = await make().catch(() => undefined);
		if (response?.ok) return;
		await delay(200);
	}
	throw new Error("the S3 server made no bucket within 30 s");
}

/** Held together until all are known, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
	await Promise.all(servers.map((server) => once(server, "listening")));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => once(server.close(), "close")));
	return ports;
}
