import { setTimeout as delay } from "node:timers/promises";
import { UserError, messageOf } from "../../src/errors/errors.ts";
import { jsonOf } from "../../src/system/json.ts";
import { readBytes } from "../../src/system/limits.ts";
import type { ContractSummary, KnownFault } from "./control.ts";
import type { SetFault } from "./faults.ts";
import type { Seed } from "./start.ts";

const TIMEOUT_MS = 120_000;
const MOST_BYTES = 8 << 20;

/** Steers a simulated Vast in another process. */
export interface VastControl {
	/** Every fault there is, with what is switched on. */
	faults(): Promise<KnownFault[]>;
	/** Switches one on; `id` is a contract, `times` null: until it is cleared. @throws UserError fault_unknown (usage) */
	set(fault: { name: string; id?: number | undefined; times?: number | null | undefined }): Promise<void>;
	/** One fault, or all of them. */
	clear(name?: string): Promise<void>;
	contracts(): Promise<ContractSummary[]>;
	/** The number of a contract by itself, or by the instance that its label names. @throws UserError unknown_instance (usage) */
	contractOf(nameOrNumber: string): Promise<number>;
	/** The number of a contract that runs now. */
	seed(contract: Seed): Promise<number>;
	/** Offers a machine for rent; the number of its ask. */
	offer(offer: { gpuName?: string; gpus?: number; diskGb?: number; dph?: number }): Promise<number>;
	/** Waits until it answers, at most `timeoutMs`. */
	untilUp(timeoutMs: number): Promise<void>;
}

/** A client of the control port on loopback; `token` is the account's key. @throws UserError rehearsal_down, rehearsal_refused */
export function connectControl(port: number, token: string, timeoutMs = TIMEOUT_MS): VastControl {
	const call = <T>(method: string, path: string, body?: unknown) =>
		request<T>({ port, token, timeoutMs }, method, path, body);
	const contracts = async () => (await call<{ contracts: ContractSummary[] }>("GET", "/contracts")).contracts;
	return {
		async faults() {
			const { describeFaults } = await import("./control.ts");
			return describeFaults((await call<{ faults: SetFault[] }>("GET", "/faults")).faults);
		},
		async set(fault) {
			await assertKnown(fault.name);
			await call("PUT", "/faults", fault);
		},
		async clear(name) {
			if (name !== undefined) await assertKnown(name);
			await call("DELETE", "/faults", name === undefined ? {} : { name });
		},
		contracts,
		contractOf: async (nameOrNumber) => contractNamed(await contracts(), nameOrNumber),
		seed: async (contract) => (await call<{ id: number }>("POST", "/contracts", contract)).id,
		offer: async (offer) => (await call<{ id: number }>("POST", "/offers", offer)).id,
		async untilUp(timeoutMs) {
			for (const end = Date.now() + timeoutMs; ; await delay(100))
				try {
					return void (await call("GET", "/faults"));
				} catch (error) {
					if (Date.now() > end) throw error;
				}
		},
	};
}

/** Labels are `cres/PROJECT/INSTANCE`. */
function contractNamed(contracts: readonly Pick<ContractSummary, "id" | "label">[], nameOrNumber: string): number {
	const nameOf = (label: string | null) => label?.split("/").at(2);
	const found = contracts.find(({ id, label }) => String(id) === nameOrNumber || nameOf(label) === nameOrNumber);
	if (found) return found.id;
	const known = contracts.map(({ id, label }) => `${nameOf(label) ?? "-"} (${id})`).join(", ");
	throw new UserError("unknown_instance", `the simulated Vast has no contract ${nameOrNumber}`, {
		hint: known === "" ? "cres rehearse up makes two" : `it has ${known}`,
	});
}

async function assertKnown(name: string): Promise<void> {
	const { faultNames } = await import("./faults.ts");
	if ((faultNames as string[]).includes(name)) return;
	throw new UserError("fault_unknown", `there is no fault ${name}`, {
		hint: "cres rehearse fault --list",
	});
}

async function request<T>(
	{ port, token, timeoutMs }: { port: number; token: string; timeoutMs: number },
	method: string,
	path: string,
	body: unknown,
): Promise<T> {
	const sent = {
		method,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		signal: AbortSignal.timeout(timeoutMs),
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	};
	const answer = await fetch(`http://127.0.0.1:${port}${path}`, sent).catch((error: unknown) => {
		throw down(port, error);
	});
	const found = await contentOf<T & { error?: string }>(answer, port);
	if (answer.ok) return found;
	throw new UserError("rehearsal_refused", `the simulated Vast refuses ${method} ${path}: ${found.error}`, {
		hint: "cres rehearse fault --list",
	});
}

async function contentOf<T>(answer: Response, port: number): Promise<T> {
	try {
		const found = jsonOf(answer.body ? await readBytes(answer.body, MOST_BYTES) : "");
		if (found === undefined) throw new Error("the answer is no JSON");
		return found as T;
	} catch (error) {
		throw down(port, error);
	}
}

const down = (port: number, cause: unknown) =>
	new UserError("rehearsal_down", `no simulated Vast answers at 127.0.0.1:${port} (${messageOf(cause)})`, {
		hint: "cres rehearse up",
		cause,
	});
