/** What a contract shall run from the next recycle on: `update_template` changes this and nothing else. */
export interface Configured {
	/** As it was given, `registry/repository:tag`. */
	image: string;
	/** Flags such as `-p 8080:8080` among the names. */
	env: Record<string, string>;
	onstart: string | null;
	/** `-u USER -p TOKEN registry`; stays on the contract. */
	login: string | null;
	runtype: string;
	args: readonly string[];
}

/** What a machine really holds under a reference. */
export interface ResolvedImage {
	reference: string;
	/** Manifest digest. */
	digest: string;
	/** Build id that /app/build-info.json has; unknown where the image was not looked into. */
	buildId?: string;
	/** The daemon's own id of it; unknown where there is no daemon. */
	imageId?: string;
}

/** One life of a container on a contract. */
interface Generation {
	/** Counted from 1. */
	number: number;
	image: ResolvedImage;
	/** 64 hex digits. */
	containerId: string;
	/** `SHA256:…` of the key that its sshd shows; empty for run types without one, and for real containers. */
	hostKey: string;
	/** `22/tcp` → port of the host. */
	ports: Record<string, number>;
	/** Port of the sshd that takes account keys only: where the proxy leads. */
	proxyTarget: number | undefined;
	/** Platform time of the container's start. */
	startedAt: number;
}

interface SshKey {
	id: number;
	publicKey: string;
}

export interface ContractState {
	readonly id: number;
	readonly machineId: number;
	readonly hostId: number;
	label: string | null;
	configured: Configured;
	/** Null while there is none: loading, failed, outbid. */
	container: Generation | null;
	/** How many there were. */
	generations: number;
	actual: string | null;
	intended: "running" | "stopped";
	cur: string;
	next: string;
	statusMessage: string | null;
	publicIp: string;
	/** The gateway's endpoint as ssh must dial it. */
	proxy: { host: string; port: number };
	/** The account's at the time of the create. */
	accountKeys: readonly string[];
	attachedKeys: SshKey[];
	/** GB */
	diskGb: number;
	gpus: number;
	gpuName: string;
	/** USD per hour. */
	dph: number;
	isBid: boolean;
	/** Survives recycles; goes with the contract. */
	volume: { name: string; mountPath: string } | null;
	jupyterToken: string;
	/** Platform time. */
	createdAt: number;
}

/** A rentable machine: good for one create. */
export interface OfferState {
	id: number;
	machineId: number;
	gpuName: string;
	gpus: number;
	diskGb: number;
	dph: number;
	directPorts: number;
	type: "on-demand" | "bid" | "reserved";
}

/** The account that the API key belongs to. */
export interface Account {
	id: number;
	/** Public keys that every new contract and the proxy take. */
	keys: string[];
	/** In the environment of every new container. */
	secrets: Record<string, string>;
}

/** Run types with an sshd of the platform's, told by their words. */
export const hasSsh = (runtype: string): boolean => /ssh|jupyter/.test(runtype);
