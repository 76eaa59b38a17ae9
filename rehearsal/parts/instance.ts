import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { acceptsTcp } from "../../src/system/answers.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import type { Program } from "../../src/system/processes.ts";
import type { Shell } from "../../src/system/shell.ts";
import { dockerAt } from "../docker-client.ts";
import { removeDaemonFiles, unmountUnder } from "../leftovers.ts";
import type { Part, PartContext } from "../part.ts";
import { perimeterService } from "../service-part.ts";
import { answersDocker } from "./docker.ts";

const daemon = (context: PartContext) =>
	perimeterService(context, {
		name: "instance-dockerd",
		program: () => daemonProgram(context),
		ready: () => answersDocker(instanceSocket(context)),
	});
const ssh = (context: PartContext) =>
	perimeterService(context, {
		name: "instance-sshd",
		program: () => sshdProgram(context),
		ready: () => acceptsTcp(context.ports.ssh),
	});

/** Socket of the instance's own Docker daemon. */
export const instanceSocket = ({ runtimeDirectory }: Pick<PartContext, "runtimeDirectory">): string =>
	join(runtimeDirectory, "docker.sock");
/** Private key that the instance accepts. */
export const instanceKey = ({ directory }: Pick<PartContext, "directory">): string =>
	join(directory, "ssh", "id_ed25519");

/**
 * The bridge of the instance's containers, before anything listens at its gateway address. A bridge without a hardware
 * address of its own takes the lowest one of its ports: each container that goes may change it, and the others' packets
 * to the gateway are lost until they ask for it again, up to a minute later.
 */
export const bridge: Part = {
	name: "bridge",
	at: ({ bridge: { name, subnet } }) => `${name} ${subnet}`,
	async up({ shell, bridge: { name, gateway, subnet } }) {
		if (await exists(shell, name)) return "reused";
		await must(shell, "ip", ["link", "add", name, "address", hardwareAddress(gateway), "type", "bridge"]);
		await must(shell, "ip", ["address", "add", `${gateway}/${subnet.split("/")[1]}`, "dev", name]);
		await must(shell, "ip", ["link", "set", name, "up"]);
		return "started";
	},
	async down({ shell, bridge: { name } }) {
		if (await exists(shell, name)) await must(shell, "ip", ["link", "delete", name]);
	},
	status: ({ shell, bridge: { name } }) => exists(shell, name),
};

/** A host with a Docker daemon of its own behind a real sshd. */
export const instance: Part = {
	name: "instance",
	at: (layout) => `ssh -p ${layout.ports.ssh} 127.0.0.1, Docker at ${instanceSocket(layout)}`,
	async up(context, signal) {
		const docker = await daemon(context).up(signal);
		const sshd = await ssh(context).up(signal);
		return docker === "reused" && sshd === "reused" ? "reused" : "started";
	},
	async down(context) {
		await ssh(context).down();
		await removeContainers(context).catch(() => {});
		await daemon(context).down();
		await removeDaemonFiles(context.shell, [context.dataRoot, context.runtimeDirectory]);
	},
	status: async (context) =>
		(await answersDocker(instanceSocket(context)).catch(() => false)) && acceptsTcp(context.ports.ssh),
};

/** No iptables rules: its containers need the gateway address only, and rules of a second daemon would empty those of the first. */
async function daemonProgram(context: PartContext): Promise<Program> {
	const { runtimeDirectory, dataRoot } = context;
	// Without this file the data root is another checkout's or a lost perimeter's: its containers are not ours to revive.
	const owned = join(context.directory, "instance-data-root");
	if ((await readTextIfExists(owned)) !== dataRoot)
		await removeDaemonFiles(context.shell, [context.dataRoot, context.runtimeDirectory]);
	await unmountUnder(context.shell, [context.dataRoot, context.runtimeDirectory]);
	await writeDurably(owned, dataRoot);
	await mkdir(runtimeDirectory, { recursive: true });
	const config = join(runtimeDirectory, "daemon.json");
	await writeDurably(config, "{}\n"); // that of the system is for the operator's daemon
	return { file: "dockerd", args: [`--config-file=${config}`, ...daemonArguments(context)] };
}

function daemonArguments(context: PartContext): string[] {
	const { runtimeDirectory, dataRoot, bridge: net, ports } = context;
	return [
		`--host=unix://${instanceSocket(context)}`,
		`--data-root=${dataRoot}`,
		`--exec-root=${join(runtimeDirectory, "exec")}`,
		`--pidfile=${join(runtimeDirectory, "docker.pid")}`,
		`--bridge=${net.name}`,
		`--fixed-cidr=${net.subnet}`,
		`--default-address-pool=base=${net.pool},size=28`,
		"--iptables=false",
		"--ip-masq=false",
		"--storage-driver=overlay2",
		`--insecure-registry=${net.gateway}:${ports.registry}`,
	];
}

async function sshdProgram(context: PartContext): Promise<Program> {
	const { directory, shell } = context;
	const keys = join(directory, "ssh");
	const config = join(keys, "sshd_config");
	await mkdir(keys, { recursive: true });
	await mkdir("/run/sshd", { recursive: true });
	for (const key of [join(keys, "host_ed25519"), instanceKey(context)])
		if (!existsSync(key))
			await must(shell, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rehearsal", "-f", key]);
	await writeDurably(join(keys, "authorized_keys"), await readFile(`${instanceKey(context)}.pub`, "utf8"), {
		mode: 0o600,
	});
	await chmod(instanceKey(context), 0o600);
	await writeDurably(config, `${sshdSettings(context, keys).join("\n")}\n`);
	return { file: "/usr/sbin/sshd", args: ["-D", "-e", "-f", config] };
}

const sshdSettings = (context: PartContext, keys: string): string[] => [
	`Port ${context.ports.ssh}`,
	"ListenAddress 127.0.0.1",
	`HostKey ${join(keys, "host_ed25519")}`,
	`AuthorizedKeysFile ${join(keys, "authorized_keys")}`,
	"PidFile none",
	"PasswordAuthentication no",
	"KbdInteractiveAuthentication no",
	"PermitRootLogin prohibit-password",
	"AllowStreamLocalForwarding yes",
	"StrictModes no", // the checkout may lie in a directory that others can write to
	`SetEnv DOCKER_HOST=unix://${instanceSocket(context)}`,
];

async function removeContainers(context: PartContext): Promise<void> {
	const docker = await dockerAt(instanceSocket(context));
	for (const { Id } of await docker.listContainers({ all: true }))
		await docker.getContainer(Id).remove({ force: true, v: true });
}

/** As Docker forms it for its own bridges: 02:42 and the octets of the IPv4 address. */
const hardwareAddress = (ip: string): string =>
	["02", "42", ...ip.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");

const exists = async (shell: Shell, name: string): Promise<boolean> =>
	(await shell.run("ip", ["link", "show", name])).exitCode === 0;

async function must(shell: Shell, file: string, args: readonly string[]): Promise<void> {
	const { exitCode, stderr } = await shell.run(file, args);
	if (exitCode !== 0) throw new Error(`${file} ${args[0]} exits ${exitCode}: ${stderr.trim()}`);
}
