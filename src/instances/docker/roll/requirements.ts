import type { DockerInstance } from "../../../config/schema.ts";
import { UserError } from "../../../errors/errors.ts";
import type { HostFacts } from "../../../instance/container-host.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import { megabytes, neededBytes, throwTogether } from "../../../rollout/preflight.ts";

interface Disk {
	/** Undefined when it is not known, or does not matter. */
	freeBytes: number | undefined;
	/** The layers that do not change are there already. */
	hasRelease: boolean;
}

/** @throws UserError wrong_architecture, no_gpu, disk_full */
export function refuseUnfit(
	name: string,
	image: ReleaseImage,
	facts: HostFacts,
	instance: DockerInstance,
	disk: Disk,
): void {
	const faults: UserError[] = [];
	if (facts.platform !== image.platform)
		faults.push(
			new UserError("wrong_architecture", `${name} is ${facts.platform}, the image is ${image.platform}`, {
				hint: "build the image for that platform, or choose another instance",
			}),
		);
	if (instance.roles.includes("gpu") && !facts.gpu)
		faults.push(
			new UserError("no_gpu", `${name} has the role gpu, but its Docker daemon offers no GPU`, {
				hint: `install the NVIDIA container toolkit on ${name}, or drop the role in cres.yaml`,
			}),
		);
	const needed = neededBytes(image, disk.hasRelease);
	if (disk.freeBytes !== undefined && disk.freeBytes < needed)
		faults.push(diskFull(name, facts.dataRoot, disk.freeBytes, needed));
	throwTogether(faults);
}

export const diskFull = (name: string, dataRoot: string, free: number, needed: number) =>
	new UserError(
		"disk_full",
		`${name} has ${megabytes(free)} free in ${dataRoot}, the image needs about ${megabytes(needed)}`,
		{
			hint: `free space on ${name} (docker system df), then run the command again`,
		},
	);
