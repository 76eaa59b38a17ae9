import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createVast, type VastOptions } from "../../src/vast/client.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { scaledClock, systemClock } from "../../src/system/clock.ts";

/** A request as it arrived. */
interface Arrived {
	method: string;
	path: string;
	query: Record<string, string>;
	body: unknown;
	authorization: string | undefined;
	/** Milliseconds of performance.now(). */
	at: number;
}

/** What is done with one request: an answer, or the way in which there is none. */
export type Act = (request: Arrived, response: ServerResponse) => void;

export const json =
	(body: unknown, status = 200): Act =>
	(_request, response) =>
		void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

export const plain =
	(body: string, status = 200, headers: Record<string, string> = {}): Act =>
	(_request, response) =>
		void response.writeHead(status, { "content-type": "text/plain", ...headers }).end(body);

/** The connection ends without a word. */
export const cut: Act = (_request, response) => void response.destroy();

/** Nothing is ever said. */
export const silent: Act = () => {};

export const TOO_EARLY = plain("API requests too frequent: endpoint threshold=2.0", 429);

export interface Platform {
	url: string;
	/** A key that no other test uses, so that no other test's calls count. */
	key: Secret;
	/** In order of arrival. */
	arrived: Arrived[];
	/** `METHOD path` of each request that arrived. */
	calls(): string[];
	/** Does this with the next requests, one each, and the last one with all that follow. */
	next(...acts: Act[]): void;
	close(): Promise<void>;
}

/** A server on loopback that does with each request what the test says. */
export async function startPlatform(): Promise<Platform> {
	const arrived: Arrived[] = [];
	let acts: Act[] = [json({ success: true })];
	const server = createServer(async (request, response) => {
		const one = await read(request);
		arrived.push(one);
		const act = acts.length > 1 ? acts.shift()! : acts[0]!;
		act(one, response);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		key: new Secret(`key-${randomUUID()}`),
		arrived,
		calls: () => arrived.map(({ method, path }) => `${method} ${path}`),
		next: (...given) => void (acts = given),
		close: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}

async function read(request: IncomingMessage): Promise<Arrived> {
	const at = performance.now();
	const { pathname, searchParams } = new URL(request.url!, "http://localhost");
	const body = await text(request);
	return {
		method: request.method!,
		path: pathname,
		query: Object.fromEntries(searchParams),
		body: body === "" ? undefined : (JSON.parse(body) as unknown),
		authorization: request.headers.authorization,
		at,
	};
}

/** A thousand times as fast: a minute of pauses takes 60 ms. */
const FAST = scaledClock(systemClock, 1_000);

export const clientOf = ({ url, key }: Pick<Platform, "url" | "key">, options: Partial<VastOptions> = {}) =>
	createVast({ url, key, clock: FAST, ...options });

/** An instance object as the platform sends it. */
export const rawContract = (id: number, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
	id,
	machine_id: 33307,
	host_id: 120840,
	label: "cres/video/gpu-1",
	actual_status: "running",
	intended_status: "running",
	cur_state: "running",
	next_state: "running",
	status_msg: "success, running ghcr.io/o/w_sha-abc/ssh",
	image_uuid: "ghcr.io/o/w:sha-abc",
	image_runtype: "ssh ssh_direc ssh_proxy",
	extra_env: [
		["-p 22:22", "1"],
		["MINIO_SECRET_KEY", "sentinel-of-the-store"],
	],
	onstart: "true",
	ssh_host: "ssh7.vast.ai",
	ssh_port: 37044,
	ssh_idx: "7",
	public_ipaddr: "203.0.113.20 \n",
	ports: {
		"22/tcp": [
			{ HostIp: "0.0.0.0", HostPort: "37708" },
			{ HostIp: "::", HostPort: "37708" },
		],
	},
	direct_port_count: 6250,
	disk_space: 40.5,
	num_gpus: 1,
	gpu_name: "RTX 4090",
	dph_total: 0.31,
	jupyter_token: "sentinel-of-jupyter",
	...changes,
});

/** What a call throws, with its properties. */
export const errorOf = (call: Promise<unknown>): Promise<unknown> =>
	call.then(
		(value) => Promise.reject(new Error(`nothing was thrown but ${JSON.stringify(value)} returned`)),
		(error: unknown) => error,
	);
