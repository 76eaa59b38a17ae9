import type { GenerationSpec, Quirks } from "./backing.ts";
import { hasSsh, type Account, type ContractState, type ResolvedImage } from "./contract-state.ts";
import type { FaultName } from "./faults.ts";
import { isIdentity, portWishes, variables, type PortWish } from "./ports.ts";
import type { Timings } from "./timings.ts";

const QUIRKS: Record<keyof Quirks, FaultName> = {
	crashLoop: "crash-loop",
	wrongBuild: "wrong-build",
	sshRefused: "ssh-refused",
	sshTimeout: "ssh-timeout",
	wrongHostKey: "wrong-host-key",
	badModes: "bad-modes",
	tmuxNoise: "tmux-noise",
};

/** What the next generation gets besides its contract. */
export interface SpecInputs {
	contract: ContractState;
	image: ResolvedImage;
	account: Account;
	timings: Timings;
	/** A port of the host. */
	takePort: () => Promise<number>;
	/** Whether a fault happens to this generation. */
	happens: (name: FaultName) => boolean;
}

/** Everything that the backing must know to make the contract's next container. */
export async function specOf({ contract, image, account, timings, takePort, happens }: SpecInputs) {
	const { id, machineId, configured, accountKeys, attachedKeys, volume, diskGb } = contract;
	const keys = [...accountKeys, ...attachedKeys.map(({ publicKey }) => publicKey)];
	const { ports, names } = await mapPorts(wishesOf(configured), takePort);
	const spec: GenerationSpec = {
		contract: id,
		machineId,
		number: contract.generations + 1,
		image,
		env: { ...account.secrets, ...variables(configured.env), ...injected(contract, keys), ...names },
		onstart: configured.onstart,
		runtype: configured.runtype,
		args: configured.args,
		ports,
		proxyTarget: hasSsh(configured.runtype) ? await takePort() : undefined,
		keys,
		accountKeys: account.keys,
		hostname: configured.env["-h"],
		volume,
		diskGb,
		sshdDelayMs: timings.sshdDelayMs,
		appDelayMs: timings.appDelayMs,
		quirks: quirksOf(happens),
	};
	return spec;
}

const quirksOf = (happens: SpecInputs["happens"]): Quirks =>
	Object.fromEntries(Object.entries(QUIRKS).map(([quirk, name]) => [quirk, happens(name)])) as unknown as Quirks;

function wishesOf({ env, runtype }: ContractState["configured"]): PortWish[] {
	const ssh: PortWish[] = /direc/.test(runtype) ? [{ port: 22, protocol: "tcp" }] : [];
	const asked = portWishes(env).filter(({ port }) => port !== 22 || ssh.length === 0);
	return [...ssh, ...asked];
}

async function mapPorts(wishes: readonly PortWish[], takePort: () => Promise<number>) {
	const ports: Record<string, number> = {};
	const names: Record<string, string> = {};
	for (const { port, protocol } of wishes) {
		const outside = await takePort();
		ports[`${isIdentity(port) ? outside : port}/${protocol}`] = outside;
		names[`VAST_${protocol.toUpperCase()}_PORT_${port}`] = String(outside);
	}
	return { ports, names };
}

const injected = ({ id, publicIp, gpus, jupyterToken }: ContractState, keys: readonly string[]) => ({
	CONTAINER_ID: String(id),
	VAST_CONTAINERLABEL: `C.${id}`,
	CONTAINER_API_KEY: `instance-key-${id}`,
	PUBLIC_IPADDR: publicIp,
	SSH_PUBLIC_KEY: keys.join("\n"),
	GPU_COUNT: String(gpus),
	DATA_DIRECTORY: "/workspace",
	JUPYTER_TOKEN: jupyterToken,
});
