import { join } from "node:path";
import type { Progress } from "../src/system/progress.ts";
import type { Shell } from "../src/system/shell.ts";
import type { Credentials } from "./credentials.ts";

/** Where a perimeter lives. */
export interface PerimeterOptions {
	/** Absolute; holds every state of the perimeter but the instance's images. */
	directory: string;
	/** Told apart from other perimeters on this machine by it; lower-case letters and digits, at most 8. */
	name: string;
	/** First of the 100 loopback ports it uses; a multiple of 100. */
	portBase: number;
	/** The tree with Dockerfile.base, Dockerfile and images/. */
	contextRoot: string;
	/** Accounts of the store besides the one that the project uses: for keys that change. */
	storeAccounts?: readonly Credentials["store"][];
}

/** Addresses that follow from the options alone. */
export interface Layout extends PerimeterOptions {
	ports: {
		registry: number;
		/** Over mTLS. */
		temporal: number;
		/** What the one before leads to; on loopback, and told to nobody else. */
		temporalPlain: number;
		store: number;
		storeMaster: number;
		storeVolume: number;
		storeFiler: number;
		/** gRPC of the four; by default 10000 above, where the kernel hands out ports. */
		storeGrpc: number;
		storeMasterGrpc: number;
		storeVolumeGrpc: number;
		storeFilerGrpc: number;
		media: number;
		ssh: number;
		/** The simulated Vast: API, control, and the host ports of its containers and proxies. */
		vast: number;
		vastControl: number;
		/** GitHub's API, and what steers it. */
		github: number;
		githubControl: number;
		/** The gateway of the control api, and the one server behind it. */
		apiGateway: number;
		api: number;
		vastFrom: number;
		vastTo: number;
		vastProxyFrom: number;
		vastProxyTo: number;
	};
	/** The bridge of the instance's containers; the gateway is the address at which they reach the parts. */
	bridge: { name: string; gateway: string; subnet: string; pool: string };
	/** Short, for unix sockets. */
	runtimeDirectory: string;
	/** Data root of the instance's Docker daemon; under /var/lib/docker, which is never an overlay itself. */
	dataRoot: string;
	/** Programs from PyPI. */
	venv: string;
}

export interface PartContext extends Layout {
	credentials: Credentials;
	progress: Progress;
	shell: Shell;
}

/** One server of the perimeter. `up` looks first and starts only what does not answer; `down` is safe to repeat. */
export interface Part {
	name: string;
	/** Where it answers, for people. */
	at(layout: Layout): string;
	up(context: PartContext, signal?: AbortSignal): Promise<"reused" | "started">;
	down(context: PartContext): Promise<void>;
	/** True when it answers. */
	status(context: PartContext): Promise<boolean>;
}

/** The perimeter of an installation of cres: below its own directory, on ports 27000 to 27099. */
export const ownPerimeter = (root: string): PerimeterOptions => ({
	directory: join(root, ".cres", "rehearsal"),
	name: "main",
	portBase: 27_000,
	contextRoot: root,
});

/** Pure: everything that is derived from the options. */
export function layoutOf(options: PerimeterOptions): Layout {
	const { portBase, name, contextRoot } = options;
	const port = (offset: number): number => portBase + offset;
	const network = Math.floor(portBase / 100) % 250;
	return {
		...options,
		ports: {
			registry: port(0),
			temporal: port(1),
			store: port(2),
			media: port(3),
			ssh: port(4),
			vast: port(5),
			vastControl: port(6),
			github: port(7),
			githubControl: port(8),
			temporalPlain: port(9),
			storeMaster: port(10),
			storeVolume: port(11),
			storeFiler: port(12),
			storeGrpc: port(13),
			storeMasterGrpc: port(14),
			storeVolumeGrpc: port(15),
			storeFilerGrpc: port(16),
			apiGateway: port(17),
			api: port(18),
			vastFrom: port(20),
			vastTo: port(49),
			vastProxyFrom: port(50),
			vastProxyTo: port(69),
		},
		bridge: {
			name: `cres-${name}`,
			gateway: `10.213.${network}.1`,
			subnet: `10.213.${network}.0/24`,
			pool: `10.214.${network}.0/24`,
		},
		runtimeDirectory: `/run/cres-${name}`,
		dataRoot: `/var/lib/docker/cres-${name}`,
		venv: `${contextRoot}/.cres/venv`,
	};
}
