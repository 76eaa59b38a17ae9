import type { Config } from "../config/config.ts";
import { parseFlag } from "../contracts/flag.ts";
import type { Role } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";
import type { DockerClient } from "../image/docker-cli.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import type { Owner } from "./owner.ts";

/** Project of the rehearsal. */
const REHEARSAL = "rehearsal";

/** What a smoke test may be told to take for the role and for its dependencies. */
export const SMOKE_ROLES = ["auto", "cpu", "gpu"] as const;
export const AGAINST = ["images", "rehearsal"] as const;

/**
 * Where the dependencies come from: the images of cres.yaml, if it names them; of the rehearsal's project its own parts.
 * @throws UserError smoke_dependencies_unset (usage)
 */
export function chooseAgainst(
	{ project, smoke }: Pick<Config, "project" | "smoke">,
	asked: Owner["against"] | undefined,
): Owner["against"] {
	if (asked === "rehearsal" || (asked === undefined && !smoke.dependencies && project === REHEARSAL))
		return "rehearsal";
	if (smoke.dependencies) return "images";
	throw new UserError("smoke_dependencies_unset", "cres.yaml names no images for a Temporal and a store to test with", {
		hint: "set smoke.dependencies.temporal and smoke.dependencies.store to images pinned by digest, and commit cres.yaml where CI tests (cres guide ci); or --against rehearsal for Temporal and store of cres.yaml",
	});
}

/**
 * Only the store of cres.yaml has the models that gpu workers load: that of images is empty.
 * @throws UserError smoke_models_missing (usage)
 */
export function assertModels(asked: (typeof SMOKE_ROLES)[number], against: Owner["against"]): void {
	if (asked !== "gpu" || against === "rehearsal") return;
	throw new UserError("smoke_models_missing", "--role gpu needs models, and the store of --against images has none", {
		hint: "--against rehearsal for Temporal and store of cres.yaml; or --role cpu",
	});
}

interface Circumstances {
	/** The daemon has a GPU. */
	gpu: boolean;
	env: Config["env"];
	against: Owner["against"];
}

/** gpu by itself only where there are a GPU, an image for it and models: a machine of a CI has none. */
export function chooseRole(
	asked: (typeof SMOKE_ROLES)[number],
	{ flavour }: Pick<ReleaseImage, "flavour">,
	{ gpu, env, against }: Circumstances,
): { role: Role; pretended: boolean } {
	const isPretended = !gpu || flavour === "cpu" || parseFlag(env["GPU_PRETEND"] ?? "") === true;
	const role = asked === "auto" ? (isPretended || against === "images" ? "cpu" : "gpu") : asked;
	return { role, pretended: role === "gpu" && isPretended };
}

const KEYS = ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"];

/** Waiting would not help against the store of cres.yaml. @throws UserError secret_missing */
export function assertKeys({ secret }: { secret: (name: string) => unknown }): void {
	const missing = KEYS.filter((name) => secret(name) === undefined);
	if (missing.length > 0)
		throw new UserError("secret_missing", `no value for ${missing.join(", ")}, which the store of cres.yaml asks for`, {
			hint: `put ${missing.map((name) => `${name}=…`).join(" ")} into .env beside cres.yaml`,
		});
}

/**
 * The daemon must be the one that DOCKER_HOST or the local socket leads to, and on this machine where ports are published.
 * @throws UserError docker_context_unsupported
 */
export function assertReaches(
	{ host, context }: Pick<DockerClient, "host" | "context">,
	against: Owner["against"],
): void {
	const isLocal = /^(?:unix|npipe):\/\//.test(host);
	if (isLocal || (against === "rehearsal" && ["", "default"].includes(context))) return;
	throw new UserError("docker_context_unsupported", `cres smoke cannot use the Docker daemon at ${host}`, {
		hint: "docker context use default; images of dependencies need a daemon on this machine, behind its socket",
	});
}
