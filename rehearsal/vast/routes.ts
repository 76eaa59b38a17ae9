import { ApiError } from "./api-error.ts";
import { parseBody } from "./bodies.ts";
import type { ContractState } from "./contract-state.ts";
import { createFromOffer, searchOffers } from "./market-routes.ts";
import type { RouteName } from "./route-names.ts";
import { page } from "./listing.ts";
import { selectLines } from "./log-objects.ts";
import { FAULT_MS } from "./timings.ts";
import { wireInstance, type WireInstance } from "./wire.ts";
import type { World } from "./world.ts";

/** One call of a route. */
export interface Call {
	id: number;
	key: number;
	query: URLSearchParams;
	body: unknown;
}

/** What a route does; its value is the body of a 200. @throws ApiError */
export type Handler = (world: World, call: Call) => object | Promise<object>;

const DONE = { success: true };

export const HANDLERS: Record<RouteName, Handler> = {
	list: (world, { query }) => page(allOf(world), query),
	"list-legacy": (world) => ({ instances_found: world.contracts.size, instances: allOf(world) }),
	show(world, { id }) {
		const contract = world.contracts.get(id);
		if (!contract) return { instances: null };
		const wire = wireOf(world, contract, "show");
		return { instances: world.faults.take("instances-array", { id }) ? [wire] : wire };
	},
	create: createFromOffer,
	offers: searchOffers,
	"update-template": (world, call) => stage(findContract(world, call.id), call),
	recycle(world, { id, body }) {
		parseBody("empty", body);
		const contract = world.contracts.get(id);
		if (!contract) throw new ApiError(400, "invalid_id", `instance ${id} not found`);
		void world.lifecycle.recycle(contract);
		return DONE;
	},
	reboot(world, { id, body }) {
		parseBody("empty", body);
		const contract = findContract(world, id);
		if (contract.container === null) throw new ApiError(400, "invalid_args", `instance ${id} has no container`);
		void world.lifecycle.reboot(contract);
		return DONE;
	},
	change(world, { id, body }) {
		const change = parseBody("change", body);
		const contract = findContract(world, id);
		if ("label" in change) contract.label = change.label;
		else setState(world, contract, change.state);
		return DONE;
	},
	"change-many"(world, { body }) {
		const { ids, state } = parseBody("change-many", body);
		for (const contract of ids.map((id) => findContract(world, id))) setState(world, contract, state);
		return DONE;
	},
	async destroy(world, { id, body }) {
		parseBody("empty", body);
		await world.remove(findContract(world, id));
		return DONE;
	},
	"request-logs": requestLogs,
	command(world, { id, body }) {
		const { command } = parseBody("command", body);
		const { actual } = findContract(world, id);
		if (actual !== "stopped")
			throw new ApiError(400, "invalid_args", "execute works on stopped instances only; use ssh to run commands");
		if (!/^(ls|rm|du)( |$)/.test(command)) throw new ApiError(400, "invalid_args", "only ls, rm and du");
		const result_url = address(world, world.logs.put("", world.timings.logDelayMs));
		return { success: true, result_url, writeable_path: "/", msg: "" };
	},
	"ssh-list": (world, { id }) => ({ success: true, ssh_keys: wireKeys(world, findContract(world, id)) }),
	async "ssh-attach"(world, { id, body }) {
		const { ssh_key } = parseBody("ssh-attach", body);
		const contract = findContract(world, id);
		const there = contract.attachedKeys.find(({ publicKey }) => publicKey === ssh_key);
		if (there) return { success: true, msg: "ssh key is already associated with this instance" };
		contract.attachedKeys.push({ id: world.nextKeyId(), publicKey: ssh_key });
		await world.backing.authorize(id, ssh_key);
		return { success: true, msg: "ssh key attached" };
	},
	"ssh-detach"(world, { id, key, body }) {
		parseBody("empty", body);
		const contract = findContract(world, id);
		const kept = contract.attachedKeys.filter((one) => one.id !== key);
		if (kept.length === contract.attachedKeys.length) throw new ApiError(404, "not_found", `no key ${key}`);
		contract.attachedKeys = kept;
		return DONE;
	},
	account: ({ account }) => ({ id: account.id, username: "rehearsal", email: "rehearsal@example.com", credit: 25 }),
};

function findContract(world: World, id: number): ContractState {
	const contract = world.contracts.get(id);
	if (!contract) throw new ApiError(404, "no_such_instance", `instance ${id} not found`);
	return contract;
}

const wireOf = (world: World, contract: ContractState, by: "show" | "list"): WireInstance =>
	wireInstance(contract, {
		by,
		stands: (name) => world.faults.take(name, { id: contract.id, route: by }),
	});

const allOf = (world: World): WireInstance[] =>
	[...world.contracts.values()].map((contract) => wireOf(world, contract, "list"));

/** Configuration only. `env` replaces, and neither `env` nor `onstart` counts unless `image` is sent again. */
function stage(contract: ContractState, { id, body }: Call): object {
	const { id: named, image, env, onstart, args } = parseBody("update-template", body);
	if (named !== id) throw new ApiError(400, "invalid_id", `the path says ${id}, the body ${named}`);
	if (image !== undefined)
		Object.assign(contract.configured, {
			image,
			...(env === undefined ? {} : { env }),
			...(onstart === undefined ? {} : { onstart }),
			...(args === undefined ? {} : { args: args.split(" ") }),
		});
	return { success: true, updated_instance: id, msg: "Instance updated" };
}

function setState(world: World, contract: ContractState, state: "running" | "stopped"): void {
	if (state === contract.intended && contract.actual === state) return;
	void (state === "running" ? world.lifecycle.start(contract) : world.lifecycle.stop(contract));
}

async function requestLogs(world: World, { id, body }: Call): Promise<object> {
	const { tail, filter, daemon_logs } = parseBody("request-logs", body);
	const contract = findContract(world, id);
	const text = daemon_logs === "true" ? (contract.statusMessage ?? "") : await world.backing.log(id);
	const late = world.faults.take("log-late", { id }) ? FAULT_MS.logLate : world.timings.logDelayMs;
	const delay = world.faults.take("log-never", { id }) ? undefined : late;
	const token = world.logs.put(selectLines(text, Number(tail), filter), delay);
	return { success: true, result_url: address(world, token), msg: "the log will be there in a moment" };
}

const address = (world: World, token: string): string => `${world.origin()}/log-objects/${token}`;

const wireKeys = (world: World, { accountKeys, attachedKeys }: ContractState) =>
	[...accountKeys.map((publicKey, at) => ({ id: at + 1, publicKey })), ...attachedKeys].map(({ id, publicKey }) => ({
		id,
		user_id: world.account.id,
		public_key: publicKey,
		created_at: "2026-01-01T00:00:00Z",
		deleted_at: null,
	}));
