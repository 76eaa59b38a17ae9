import { UserError } from "../../../errors/errors.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import { bytes } from "../../../system/text.ts";
import { neededBytes } from "../../image-size.ts";
import type { HostFacts } from "../container-host.ts";
import type { DockerPorts } from "../ports.ts";

interface Disk {
	/** Undefined when it is not known. */
	freeBytes: number | undefined;
	/** The layers that do not change are there already. */
	hasRelease: boolean;
}

/** What keeps the image from running on this host: wrong_architecture, no_gpu, disk_full. */
export function unfitFor(
	{ name, settings }: Pick<DockerPorts, "name" | "settings">,
	image: ReleaseImage,
	facts: HostFacts,
	disk: Disk,
): UserError[] {
	const needed = neededBytes(image, disk.hasRelease);
	return [
		...(facts.platform === image.platform ? [] : [wrongArchitecture(name, facts.platform, image.platform)]),
		...(settings.roles.includes("gpu") ? gpuFaults(name, facts) : []),
		...(disk.freeBytes !== undefined && disk.freeBytes < needed
			? [diskFull(name, facts.dataRoot, disk.freeBytes, needed)]
			: []),
	];
}

const wrongArchitecture = (name: string, host: string, image: string) =>
	new UserError("wrong_architecture", `${name} is ${host}, the image is ${image}`, {
		hint: "build the image for that platform, or choose another instance",
	});

function gpuFaults(name: string, { gpu, driverless }: HostFacts): UserError[] {
	if (!gpu) return [noGpu(name)];
	return driverless ? [noDriver(name)] : [];
}

const noDriver = (name: string) =>
	new UserError("no_gpu", `${name} has NVIDIA's runtime, but its NVIDIA driver is not loaded`, {
		hint: `run nvidia-smi on ${name}: after an update of kernel or driver it needs a reboot; or drop the role in cres.yaml`,
	});

const noGpu = (name: string) =>
	new UserError("no_gpu", `${name} has the role gpu, but its Docker daemon offers no GPU`, {
		hint: `install the NVIDIA container toolkit on ${name}, or drop the role in cres.yaml`,
	});

/** `free` and `needed` in bytes. */
export const diskFull = (name: string, dataRoot: string, free: number, needed: number) =>
	new UserError("disk_full", `${name} has ${bytes(free)} free in ${dataRoot}, the image needs about ${bytes(needed)}`, {
		hint: `free space on ${name} (docker system df), then run the command again`,
	});
