import type { ResolvedImage } from "./contract-state.ts";

/** What goes wrong inside one generation. */
export interface Quirks {
	crashLoop: boolean;
	wrongBuild: boolean;
	sshRefused: boolean;
	sshTimeout: boolean;
	wrongHostKey: boolean;
	badModes: boolean;
	tmuxNoise: boolean;
}

/** Build id that an image reports under the fault `wrong-build`. */
export const WRONG_BUILD_ID = "0badc0de0bad";

/** One generation, as the backing is told to make it. */
export interface GenerationSpec {
	contract: number;
	machineId: number;
	/** Counted from 1. */
	number: number;
	image: ResolvedImage;
	/** Of PID 1, injected names included. */
	env: Readonly<Record<string, string>>;
	onstart: string | null;
	runtype: string;
	args: readonly string[];
	/** Inside (`22/tcp`) → port of the host. */
	ports: Readonly<Record<string, number>>;
	/** Port of the host where the sshd for account keys listens; undefined for run types without ssh. */
	proxyTarget: number | undefined;
	/** What the container's sshd takes. */
	keys: readonly string[];
	/** What the proxy takes. */
	accountKeys: readonly string[];
	/** From the `-h` flag. */
	hostname: string | undefined;
	volume: { name: string; mountPath: string } | null;
	diskGb: number;
	/** Milliseconds of platform time. */
	sshdDelayMs: number;
	appDelayMs: number;
	quirks: Quirks;
}

interface MadeContainer {
	/** 64 hex digits. */
	containerId: string;
	/** `SHA256:…` that its sshd shows; empty without one, and where only the container knows. */
	hostKey: string;
}

/** A worker that would poll now. */
export interface SimulatedPoller {
	/** Value of WORKER_INSTANCE_NAME. */
	instance: string;
	buildId: string;
	containerId: string;
	roles: ("cpu" | "gpu")[];
	/** Platform time since when. */
	since: number;
}

/** What the host's Docker daemon says when it cannot do what it was told; the text of `status_msg`. */
export class DaemonError extends Error {}

/** Where the containers of the contracts are. */
export interface Backing {
	/** Fetches what the registry has under the reference; each progress line goes to `report`. @throws DaemonError */
	pull(reference: string, login: string | null, report: (line: string) => void): Promise<ResolvedImage>;
	/** False when an image that was pulled is no longer there. */
	holds(image: ResolvedImage): Promise<boolean>;
	/** Makes and starts a container. @throws DaemonError */
	create(spec: GenerationSpec): Promise<MadeContainer>;
	/** Removes whatever containers the contract has; its volume too when the contract ends. */
	destroy(contract: number, andVolume: boolean): Promise<void>;
	stop(contract: number): Promise<void>;
	/** Starts the container that was stopped: same file system, same host key. False when there is none. */
	start(contract: number): Promise<boolean>;
	/** What the container printed; empty when there is none. */
	log(contract: number): Promise<string>;
	/** Lets one more key in, now and until the container ends. */
	authorize(contract: number, publicKey: string): Promise<void>;
	/** Workers that would poll; none where real ones do. */
	pollers(): SimulatedPoller[];
	/** Open ssh connections to containers; where containers are real, nobody counts them. */
	connections(): number;
	/** Removes everything of this run. */
	close(): Promise<void>;
}
