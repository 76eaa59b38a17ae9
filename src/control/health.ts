import { parseHealth } from "../contracts/health.ts";
import { parseIdentity } from "../contracts/identity.ts";
import { expectedPollers } from "../contracts/queues.ts";
import { reasonOf } from "../errors/errors.ts";
import { isServing, observePollers, type PollerRow } from "../temporal/pollers.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { ControlPorts } from "./control-ports.ts";
import type { ControlService, Ready } from "./services.ts";

/** What a service answered, or why it did not. */
export interface Health {
	ready: boolean;
	detail: string;
}

type HealthPorts = Pick<ControlPorts, "config" | "connectTemporal" | "store" | "answers" | "backend" | "clock">;

/**
 * Asks a service for its health: Temporal and the store by calls of their own, never by their ports. `sinceMs`: polls of
 * before count as nobody's, milliseconds since the epoch.
 */
export async function askHealth(ports: HealthPorts, service: ControlService, sinceMs = 0): Promise<Health> {
	try {
		return await ask(ports, service.ready, sinceMs);
	} catch (error) {
		return { ready: false, detail: reasonOf(error) };
	}
}

async function ask(ports: HealthPorts, ready: Ready, sinceMs: number): Promise<Health> {
	switch (ready.kind) {
		case "temporal":
			return temporalHealth(ports);
		case "store":
			return storeHealth(ports);
		case "tcp": {
			const accepts = await ports.answers.acceptsTcp(ready.port, ready.host);
			return { ready: accepts, detail: accepts ? "accepts connections" : `nothing accepts connections` };
		}
		case "http": {
			const { status, body } = await ports.answers.readHttp(ready.url);
			return { ready: status >= 200 && status < 300, detail: `answers ${status}${reasonsIn(body)}` };
		}
		case "backend": {
			const { healthy, detail } = await ports.backend.status(ready.file);
			return { ready: healthy, detail };
		}
		default:
			return pollersHealth(ports, ready, sinceMs);
	}
}

/** `: minio: no such bucket`, where it is an api of ours that says why; else nothing. */
function reasonsIn(body: string): string {
	const reasons = Object.entries(parseHealth(body)?.reasons ?? {});
	return reasons.length === 0 ? "" : `: ${reasons.map(([name, why]) => `${name}: ${why}`).join("; ")}`;
}

async function temporalHealth(ports: HealthPorts): Promise<Health> {
	const { namespace } = ports.config.temporal;
	if (await withTemporal(ports, (temporal) => temporal.namespaceExists()))
		return { ready: true, detail: `has namespace ${namespace}` };
	return { ready: true, detail: `lacks namespace ${namespace}: cres control prepare` };
}

async function withTemporal<T>(ports: HealthPorts, work: (temporal: Temporal) => Promise<T>): Promise<T> {
	const temporal = await ports.connectTemporal();
	try {
		return await work(temporal);
	} finally {
		await temporal.close().catch(() => {}); // one that never connected
	}
}

async function storeHealth({ config, store }: HealthPorts): Promise<Health> {
	const { bucket } = config.store;
	if (await (await store()).bucketExists()) return { ready: true, detail: `has bucket ${bucket}` };
	return { ready: true, detail: `lacks bucket ${bucket}: cres control prepare` };
}

async function pollersHealth(
	ports: HealthPorts,
	{ roles, instance }: Extract<Ready, { kind: "pollers" }>,
	sinceMs: number,
): Promise<Health> {
	const expected = expectedPollers(ports.config.queue, roles);
	const { rows } = await withTemporal(ports, (temporal) => observePollers(temporal, expected, ports.clock));
	const ours = rows.filter((row) => isServing(row) && row.lastSeenMs >= sinceMs && isOf(instance, row));
	const missing = expected.filter(({ queue, type }) => !ours.some((row) => row.queue === queue && row.type === type));
	if (missing.length === 0) return { ready: true, detail: `polls as ${ours[0]!.identity}` };
	const whose = instance === undefined ? "no worker" : `no worker of ${instance}`;
	return {
		ready: false,
		detail: `${whose} polls ${missing.map(({ queue, type }) => `${queue} (${type})`).join(", ")}`,
	};
}

const isOf = (instance: string | undefined, { identity }: Pick<PollerRow, "identity">): boolean =>
	instance === undefined || parseIdentity(identity)?.instance === instance;
