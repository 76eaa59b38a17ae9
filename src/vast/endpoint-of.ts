import type { Contract } from "./vast.ts";

/** Where a contract's sshd answers. */
export interface ContractEndpoint {
	host: string;
	port: number;
	/** `direct`: a port of the host; `proxy`: Vast's gateway, which takes account keys only. */
	via: "direct" | "proxy";
}

/**
 * The endpoint that the platform names now: the host's own port, else the proxy, one higher for jupyter run types;
 * undefined while there is neither. The two are never mixed.
 */
export function endpointOf(
	contract: Pick<Contract, "ports" | "publicIp" | "sshHost" | "sshPort" | "runtype">,
): ContractEndpoint | undefined {
	const { ports, publicIp, sshHost, sshPort, runtype } = contract;
	const direct = ports["22/tcp"];
	if (direct !== undefined && publicIp) return { host: publicIp, port: direct, via: "direct" };
	if (!sshHost || !sshPort) return undefined;
	return { host: sshHost, port: sshPort + (runtype.includes("jupyter") ? 1 : 0), via: "proxy" };
}

/** Whether a run type has an sshd at all; `args` has none. */
export const hasSsh = ({ runtype }: Pick<Contract, "runtype">): boolean => /\bssh|jupyter/.test(runtype);
