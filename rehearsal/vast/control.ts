import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { messageOf } from "../../src/errors/errors.ts";
import { readBytes } from "../../src/system/limits.ts";
import { FAULTS, faultNames, type SetFault } from "./faults.ts";
import type { Seed, Simulator } from "./start.ts";

const setFault = z.strictObject({
	name: z.enum(faultNames),
	id: z.int().optional(),
	endpoint: z.string().optional(),
	times: z.int().min(1).nullable().optional(),
});
const clearFault = z.strictObject({ name: z.enum(faultNames).optional() });
const seed = z.strictObject({
	image: z.string(),
	env: z.record(z.string(), z.string()).optional(),
	onstart: z.string().optional(),
	label: z.string().optional(),
	runtype: z.string().optional(),
	login: z.string().optional(),
	machineId: z.int().optional(),
	diskGb: z.number().optional(),
	gpus: z.int().optional(),
	gpuName: z.string().optional(),
	dph: z.number().optional(),
	volumeAt: z.string().optional(),
});
const offer = z.strictObject({
	gpuName: z.string().optional(),
	gpus: z.int().optional(),
	diskGb: z.number().optional(),
	dph: z.number().optional(),
	directPorts: z.int().optional(),
	type: z.enum(["on-demand", "bid", "reserved"]).optional(),
});

/** A contract as whoever steers the simulator sees it; no environment, no login. */
export interface ContractSummary {
	id: number;
	label: string | null;
	actual: string | null;
	intended: string;
	statusMessage: string | null;
	image: string;
	/** Manifest digest that runs. */
	digest: string | null;
	generation: number;
	ports: Record<string, number>;
}

type Routes = Record<string, (simulator: Simulator, body: unknown) => unknown>;

const ROUTES: Routes = {
	"GET /faults": ({ faults }) => ({ faults: faults.list() }),
	"PUT /faults": ({ faults }, body) => {
		const { name, ...options } = setFault.parse(body);
		faults.set(name, defined(options));
		return { faults: faults.list() };
	},
	"DELETE /faults": ({ faults }, body) => {
		faults.clear(clearFault.parse(body ?? {}).name);
		return { faults: faults.list() };
	},
	"GET /requests": ({ requests }) => ({ requests }),
	"GET /contracts": (simulator) => ({ contracts: simulator.contracts().map(({ id }) => summaryOf(simulator, id)) }),
	"POST /contracts": async (simulator, body) => ({ id: await simulator.seed(defined(seed.parse(body)) as Seed) }),
	"POST /offers": ({ offers }, body) => offers.add(defined(offer.parse(body))),
};

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
/** Without members that are undefined. */
const defined = <T extends object>(given: T): Defined<T> =>
	Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;

function summaryOf(simulator: Simulator, id: number): ContractSummary {
	const { label, actual, intended, statusMessage, configured, container, generations } = simulator.contract(id)!;
	return {
		...{ id, label, actual, intended, statusMessage },
		image: configured.image,
		digest: container?.image.digest ?? null,
		generation: generations,
		ports: container?.ports ?? {},
	};
}

/** More than any request has. */
const MOST_BYTES = 1 << 20;

/**
 * What steers a simulator that runs in another process: faults, contracts, recorded requests. On loopback, for who has the
 * `token`: a web page in a browser of this machine reaches loopback too.
 */
export async function startControl(
	simulator: Simulator,
	port: number,
	token: string,
): Promise<{ port: number; close(): Promise<void> }> {
	const server = createServer((request, response) => void serve(simulator, token, request, response));
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve());
	});
	const close = () =>
		new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	return { port: (server.address() as { port: number }).port, close };
}

/** Why a request is not let in; undefined: it is. A browser sends a text/plain POST to any origin without asking it. */
function refusalOf({ headers, method }: IncomingMessage, token: string): [status: number, why: string] | undefined {
	if (headers.origin !== undefined) return [403, "no web page steers the simulator"];
	if (!isSame(headers.authorization ?? "", `Bearer ${token}`))
		return [401, "Authorization: Bearer <the account's key> is missing"];
	const isJson = (headers["content-type"] ?? "").split(";")[0]!.trim() === "application/json";
	if (method !== "GET" && !isJson) return [415, "content-type: application/json is missing"];
	return undefined;
}

/** Takes as long whatever differs. */
function isSame(one: string, other: string): boolean {
	const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
	return timingSafeEqual(a!, b!);
}

async function serve(
	simulator: Simulator,
	token: string,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const send = (status: number, body: unknown) =>
		void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
	try {
		const refusal = refusalOf(request, token);
		if (refusal) return send(refusal[0], { error: refusal[1] });
		const text = String(await readBytes(request, MOST_BYTES));
		const route = ROUTES[`${request.method} ${request.url}`];
		if (!route) return send(404, { error: `there is no ${request.method} ${request.url}` });
		send(200, await route(simulator, text === "" ? undefined : JSON.parse(text)));
	} catch (error) {
		send(400, { error: error instanceof z.ZodError ? faultsIn(error) : messageOf(error) });
	}
}

const faultsIn = ({ issues }: z.ZodError): string =>
	issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");

/** A fault that can be switched on, and where it is on. */
export interface KnownFault {
	name: string;
	group: string;
	lasting: string;
	meaning: string;
	set: SetFault[];
}

/** Every fault there is, with what is switched on now. */
export const describeFaults = (set: readonly SetFault[]): KnownFault[] =>
	faultNames.map((name) => ({
		name,
		...FAULTS[name],
		set: set.filter((one) => one.name === name),
	}));
