import type { ContractState, OfferState } from "./contract-state.ts";
import type { FaultName } from "./faults.ts";
import { hasSsh } from "./contract-state.ts";

/** An instance as the API shows it. */
export type WireInstance = Record<string, unknown> & { id: number; label: string | null };

/** Which call shows it, and whether a fault of its shape stands. */
export interface Seen {
	by: "show" | "list";
	stands: (name: FaultName) => boolean;
}

const GB_OF_GPU = 24;

/** The platform's odd shape: HostPort a string beside ssh_port a number, pairs for the environment, null before the first word. */
export function wireInstance(contract: ContractState, { by, stands }: Seen): WireInstance {
	const shown = { ...identity(contract), ...states(contract), ...configuration(contract) };
	const wire: WireInstance = { ...shown, ...network(contract), ...hardware(contract), ...market(contract) };
	if (by === "show" && stands("ports-only-in-list")) delete wire["ports"];
	if (stands("no-ssh-host")) wire["ssh_host"] = null;
	if (stands("ip-whitespace")) wire["public_ipaddr"] = `${contract.publicIp} \n`;
	if (stands("unknown-status")) wire["actual_status"] = "hibernating";
	if (stands("direct-ports-unset")) Object.assign(wire, { direct_port_start: -1, direct_port_end: -1 });
	if (stands("offline")) wire["actual_status"] = "offline";
	if (stands("unknown")) wire["actual_status"] = "unknown";
	if (stands("small-disk")) wire["disk_space"] = contract.diskGb / 2;
	return wire;
}

const identity = ({ id, machineId, hostId, label }: ContractState) => ({
	id,
	machine_id: machineId,
	host_id: hostId,
	label,
});

const states = ({ actual, intended, cur, next, statusMessage }: ContractState) => ({
	actual_status: actual,
	intended_status: intended,
	cur_state: cur,
	next_state: next,
	status_msg: statusMessage,
});

const configuration = ({
	configured: { image, env, onstart, runtype, args },
	jupyterToken,
	volume,
}: ContractState) => ({
	image_uuid: image,
	image_args: args,
	image_runtype: /ssh_?direc/.test(runtype) && !runtype.startsWith("ssh ") ? `ssh ${runtype}` : runtype,
	extra_env: Object.entries(env),
	onstart,
	template_id: null,
	template_hash_id: null,
	template_name: null,
	jupyter_token: jupyterToken,
	volume_info: volume === null ? [] : [{ name: volume.name, mount_path: volume.mountPath }],
});

/** Two rows a port, as Docker lists them. */
function network({ actual, container, configured, proxy, publicIp, id }: ContractState) {
	const mapped = actual === "running" ? container?.ports : undefined;
	const numbers = Object.values(mapped ?? {});
	const rows = (port: number) => ["0.0.0.0", "::"].map((HostIp) => ({ HostIp, HostPort: String(port) }));
	const known = hasSsh(configured.runtype);
	return {
		ssh_host: known ? proxy.host : null,
		ssh_port: known ? proxy.port - (configured.runtype.includes("jupyter") ? 1 : 0) : null,
		ssh_idx: String(id % 10),
		public_ipaddr: publicIp,
		local_ipaddrs: "192.0.2.5 192.0.2.17 \n",
		ports: mapped ? Object.fromEntries(Object.entries(mapped).map(([name, port]) => [name, rows(port)])) : null,
		direct_port_start: numbers.length === 0 ? -1 : Math.min(...numbers),
		direct_port_end: numbers.length === 0 ? -1 : Math.max(...numbers),
		direct_port_count: 6250,
		machine_dir_ssh_port: 22,
	};
}

const hardware = ({ gpus, gpuName, diskGb, actual }: ContractState) => ({
	num_gpus: gpus,
	gpu_name: gpuName,
	gpu_ram: GB_OF_GPU * 1024,
	gpu_totalram: GB_OF_GPU * 1024 * gpus,
	gpu_frac: 0.5,
	gpu_util: null,
	cpu_cores_effective: 8,
	cpu_ram: 32_768,
	disk_space: diskGb,
	disk_usage: actual === "running" ? 3 : -1,
	disk_util: actual === "running" ? 0.1 : -1,
	cuda_max_good: 12.8,
	driver_version: "570.86.15",
});

const market = ({ dph, isBid, createdAt }: ContractState) => ({
	start_date: createdAt / 1000,
	end_date: createdAt / 1000 + 30 * 86_400,
	uptime_mins: null,
	dph_total: dph,
	dph_base: dph,
	min_bid: dph / 2,
	is_bid: isBid,
	static_ip: false,
	geolocation: "Nowhere, XX",
	country_code: "XX",
	verification: "verified",
	hosting_type: 0,
	reliability2: 0.99,
});

/** An offer as the search shows it; its id is the ask's. */
export const wireOffer = ({ id, machineId, gpuName, gpus, diskGb, dph, directPorts, type }: OfferState) => ({
	id,
	ask_contract_id: id,
	machine_id: machineId,
	host_id: machineId + 1,
	gpu_name: gpuName,
	num_gpus: gpus,
	gpu_ram: GB_OF_GPU * 1024,
	disk_space: diskGb,
	dph_total: dph,
	direct_port_count: directPorts,
	cuda_max_good: 12.8,
	reliability2: 0.99,
	verified: true,
	rentable: true,
	rented: false,
	external: false,
	type,
});
