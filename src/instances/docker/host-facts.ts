import type Docker from "dockerode";
import type { SshSession } from "../ssh/session.ts";
import { shellWord } from "../../system/text.ts";
import type { HostFacts } from "./container-host.ts";

/** What the daemon tells of its host, and what the host's files tell of its GPU where a session leads there; both are asked at once. */
export async function readFacts(docker: Docker, session?: Pick<SshSession, "exec">): Promise<HostFacts> {
	const listing = session && listFiles(session);
	const info = (await docker.info()) as Record<string, unknown>;
	const files = await listing;
	const told = gpuOf(info);
	const gpus = told.gpu || !files ? told : gpuBeside(files, mayDescribe(info));
	const architecture =
		{ x86_64: "amd64", aarch64: "arm64" }[String(info["Architecture"])] ?? String(info["Architecture"]);
	return {
		platform: `${String(info["OSType"])}/${architecture}`,
		...gpus,
		...(gpus.gpu && files?.lacksDriver ? { driverless: true as const } : {}),
		dataRoot: String(info["DockerRootDir"]),
	};
}

/**
 * How the daemon hands GPUs out: by NVIDIA's runtime, or by the devices that it has found described
 * (https://docs.docker.com/reference/cli/dockerd/#configure-cdi-devices).
 */
function gpuOf(info: Readonly<Record<string, unknown>>): Pick<HostFacts, "gpu" | "cdi"> {
	const runtimes = Object.keys((info["Runtimes"] as object | null) ?? {});
	if (runtimes.some((name) => name.startsWith("nvidia"))) return { gpu: true };
	const found = info["DiscoveredDevices"];
	const devices = Array.isArray(found) ? (found as (Record<string, unknown> | null)[]) : [];
	const names = devices.flatMap((one) =>
		one?.["Source"] === "cdi" && isGpu(String(one["ID"])) ? [String(one["ID"])] : [],
	);
	if (names.length === 0) return { gpu: false };
	return { gpu: true, cdi: names.includes(ALL_GPUS) ? [ALL_GPUS] : names };
}

/** One GPU or a part of one (MIG): `nvidia.com/gpu=0:1`, `nvidia.com/gpu=MIG-…`, `nvidia.com/mig-1g.10gb=0`. */
const isGpu = (name: string): boolean => /^nvidia\.com\/(?:gpu|mig[\w.-]*)=/.test(name);

/** Daemons of Docker 25 to 27 look for descriptions of devices and do not list what they found. */
const mayDescribe = ({ CDISpecDirs: folders }: Readonly<Record<string, unknown>>): boolean =>
	Array.isArray(folders) && folders.length > 0;

/** Where NVIDIA's toolkit puts the hook of `--gpus` and its description of the devices (nvidia-ctk cdi generate). */
const HOOKS = ["/usr", "/usr/local"].flatMap((place) =>
	["nvidia-container-runtime-hook", "nvidia-container-toolkit"].map((name) => `${place}/bin/${name}`),
);
const DESCRIPTIONS = ["/etc/cdi/nvidia.yaml", "/etc/cdi/nvidia.json", "/var/run/cdi/nvidia.yaml"];

/** What there is while NVIDIA's kernel module is loaded; on WSL 2 the host's driver shows as the last one. */
const DRIVER = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"];

interface HostFiles {
	has: (path: string) => boolean;
	/** True when the host says that it has none of DRIVER; a host that cannot tell may have one. */
	lacksDriver: boolean;
}

async function listFiles(session: Pick<SshSession, "exec">): Promise<HostFiles> {
	const listed = await session.exec(["ls", "-d", ...HOOKS, ...DESCRIPTIONS, ...DRIVER]).catch(() => undefined);
	const there = new Set(listed?.stdout.split(/\s+/));
	const has = (path: string): boolean => there.has(path);
	// ls ends with 1 or 2 where a file is not there; 126 and more are the shell's.
	const tells = listed !== undefined && listed.exitCode > 0 && listed.exitCode < 126;
	return { has, lacksDriver: tells && !DRIVER.some(has) };
}

/** How GPUs are handed out where the daemon tells of no way, as the host's files say: a daemon since 19.03 uses the hook. */
function gpuBeside({ has }: HostFiles, described: boolean): Pick<HostFacts, "gpu" | "cdi"> {
	if (described && DESCRIPTIONS.some(has)) return { gpu: true, cdi: [ALL_GPUS] };
	return { gpu: HOOKS.some(has) };
}

const ALL_GPUS = "nvidia.com/gpu=all";

/** Asks for all GPUs (Docker Engine API, HostConfig.DeviceRequests). */
export const gpuRequest = ({ cdi }: Pick<HostFacts, "cdi">) =>
	cdi ? { Driver: "cdi", DeviceIDs: [...cdi] } : { Driver: "", Count: -1, Capabilities: [["gpu"]] };

/** Bytes free where `dataRoot` lies; undefined when the host does not tell. The shell is started while that is asked for. */
export async function readFreeBytes(
	session: Pick<SshSession, "exec">,
	dataRoot: Promise<string>,
): Promise<number | undefined> {
	const input = dataRoot.then((folder) => `df -B1 --output=avail ${shellWord(folder)}\n`);
	const df = await session.exec(["sh"], { input });
	const free = df.stdout.match(/^\s*\d+\s*$/gm)?.at(-1); // the login shell may greet before it and after
	return df.exitCode === 0 && free !== undefined ? Number(free) : undefined;
}
