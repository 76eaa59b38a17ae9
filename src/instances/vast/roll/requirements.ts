import { UserError } from "../../../errors/errors.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import { bytes } from "../../../system/text.ts";
import type { Contract } from "../../../vast/vast.ts";
import { neededBytes } from "../../image-size.ts";
import type { VastPorts } from "../ports.ts";

/** What keeps the image from running in this contract: no_gpu, disk_full. */
export function unfitFor(
	{ name, settings }: Pick<VastPorts, "name" | "settings">,
	image: ReleaseImage,
	contract: Contract,
): UserError[] {
	const needed = neededBytes(image, false);
	return [
		...(settings.roles.includes("gpu") && contract.gpus < 1 ? [noGpu(name, contract)] : []),
		...(contract.diskGb !== undefined && contract.diskGb * 1e9 < needed ? [diskFull(name, contract, needed)] : []),
	];
}

const noGpu = (name: string, { id }: Contract) =>
	new UserError("no_gpu", `${name} has the role gpu, but contract ${id} has no GPU`, {
		hint: "drop the role in cres.yaml, or adopt a contract with a GPU",
	});

const diskFull = (name: string, { id, diskGb }: Contract, needed: number) =>
	new UserError(
		"disk_full",
		`contract ${id} of ${name} has a disk of ${diskGb} GB, the image needs about ${bytes(needed)}`,
		{ hint: `a disk cannot grow: cres deploy ${name} --replace rents one with disk_gb of cres.yaml` },
	);
