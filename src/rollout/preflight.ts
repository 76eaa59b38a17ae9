import { missingSecrets } from "../config/config.ts";
import { parseFlag } from "../contracts/flag.ts";
import { EXIT, UserError } from "../errors.ts";
import { describeImage, type ReleaseImage } from "../registry/release-image.ts";
import { leaseHolder } from "./lease.ts";
import type { RolloutPorts } from "./ports.ts";

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

/** @throws UserError image_missing, wrong_flavour and those of the registry */
export async function findImage(ports: RolloutPorts, reference: string): Promise<ReleaseImage> {
	const { repository } = ports.config.image;
	const { address } = ports.config.registry.push;
	const image = await describeImage(await ports.registry(), repository, reference);
	if (image) return refuseWrongFlavour(ports, image);
	throw new UserError("image_missing", `${address} has no ${repository} ${reference}`, {
		hint: "cres build all --push",
	});
}

/** An image without engines for a GPU is no image for the role gpu, unless that one is pretended. */
function refuseWrongFlavour({ config, instance: name }: RolloutPorts, image: ReleaseImage): ReleaseImage {
	const instance = config.instances[name];
	const pretended = parseFlag({ ...config.env, ...instance?.env }["GPU_PRETEND"] ?? "") === true;
	if (pretended || !instance?.roles.includes("gpu") || image.flavour !== "cpu") return image;
	throw new UserError("wrong_flavour", `${name} has the role gpu, but ${image.buildId} has the engines of cpu only`, {
		hint:
			instance.flavour === "cuda"
				? `cres build all --push --flavour cuda, then cres deploy ${name}`
				: `set instances.${name}.flavour: cuda in cres.yaml, then cres build all --push --flavour cuda`,
	});
}

/** An image layer unpacks to about three times its compressed size. */
const UNPACK_FACTOR = 3;
/** Needed in any case, for the container's own files. */
const SPARE_BYTES = 256e6;

/** Bytes that an image needs on a disk that does (`hasRelease`) or does not hold its unchanging layers. */
export const neededBytes = ({ compressedBytes }: ReleaseImage, hasRelease: boolean): number =>
	SPARE_BYTES + (hasRelease ? 0 : UNPACK_FACTOR * compressedBytes);

export const megabytes = (count: number): string => `${Math.round(count / 1e6)} MB`;

/** Between the look and the lease somebody else may have changed the instance: then the plan is void. */
export const changedMeanwhile = (instance: string) =>
	new UserError("changed_meanwhile", `${instance} was changed by somebody else just now`, {
		hint: "run the command again",
	});

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
export function throwTogether(failures: readonly UserError[]): void {
	const [first] = failures;
	if (!first) return;
	if (failures.length === 1) throw first;
	throw new PreflightError(failures);
}

class PreflightError extends UserError {
	override readonly exit: ExitName;

	constructor(failures: readonly UserError[]) {
		const lines = failures.map(({ message, hint }) => `  - ${message}${hint ? `\n    → ${hint}` : ""}`);
		super("preflight", `${failures.length} things stand in the way; nothing was changed:\n${lines.join("\n")}`);
		this.exit = failures.map(({ exit }) => exit).toSorted((a, b) => EXIT[b] - EXIT[a])[0]!;
	}
}
