import { missingSecrets } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import { EXIT, UserError } from "../errors.ts";
import type { HostFacts } from "../instance/container-host.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import { leaseHolder } from "./lease.ts";
import type { RolloutPorts } from "./ports.ts";

/** An image layer unpacks to about three times its compressed size. */
const UNPACK_FACTOR = 3;
/** Needed in any case, for the container's own files. */
const SPARE_BYTES = 256e6;

export async function refuseMissingSecrets({ config }: RolloutPorts): Promise<void> {
	const missing = missingSecrets(config);
	if (missing.length > 0)
		throw new UserError("secret_missing", `no value for ${missing.join(", ")}`, {
			hint: `put ${missing.map((name) => `${name}=…`).join(" ")} into .env beside cres.yaml`,
		});
}

export async function refuseForeignLease({ config, instance, clock }: RolloutPorts): Promise<void> {
	const held = await leaseHolder(config.root, instance, clock.now());
	if (held) throw held;
}

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
	instance: InstanceConfig,
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
	const needed = SPARE_BYTES + (disk.hasRelease ? 0 : UNPACK_FACTOR * image.compressedBytes);
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

const megabytes = (count: number): string => `${Math.round(count / 1e6)} MB`;

type Settled<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/** Like Promise.all, but waits for all and reports every UserError at once. */
export async function allOrEveryFailure<T extends readonly unknown[]>(work: [...T]): Promise<Settled<T>> {
	const settled = await Promise.allSettled(work);
	const reasons = [...new Set(settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])))];
	const bug = reasons.find((reason) => !(reason instanceof UserError));
	if (bug !== undefined) throw bug;
	throwTogether(reasons as UserError[]);
	return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as Settled<T>;
}

/** One failure as it is, several as one error that lists them; the exit code is the most particular one. */
function throwTogether(failures: readonly UserError[]): void {
	const [first] = failures;
	if (!first) return;
	if (failures.length === 1) throw first;
	const lines = failures.map(({ message, hint }) => `  - ${message}${hint ? `\n    → ${hint}` : ""}`);
	const exit = failures.map((failure) => failure.exit).toSorted((a, b) => EXIT[b] - EXIT[a])[0]!;
	throw new UserError(
		"preflight",
		`${failures.length} things stand in the way; nothing was changed:\n${lines.join("\n")}`,
		{ exit },
	);
}
