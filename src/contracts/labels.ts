/** Labels of images and of the containers that cres starts. Every filter and every clean-up goes by them. */
export const LABEL = {
	/** Images and containers: short build id. */
	buildId: "cres.build-id",
	/** Images: `base` or `app`. Containers: unset. */
	kind: "cres.image",
	/** Images: `cpu` or `cuda`. */
	flavour: "cres.flavour",
	/** Images: folders that their programs write to, by commas; containers are read-only but for those. `/`: not so. */
	writes: "cres.writes",
	/** Images: hash of the inputs, see image/inputs. */
	inputs: "cres.inputs",
	/** Containers: project of cres.yaml. */
	project: "cres.project",
	/** Containers: instance name. */
	instance: "cres.instance",
	/** Containers: manifest digest that runs. */
	digest: "cres.digest",
	/** Containers: hash of the run spec. */
	runSpec: "cres.run-spec",
	/** Containers: number of the container's life on its instance, counted from 1. */
	generation: "cres.generation",
	/** Containers: id of the rollout that made it. */
	rollout: "cres.rollout",
	/** Containers: fencing token of the lease under which it was made. */
	fence: "cres.fence",
	/** Volumes of a Docker host that hold an instance's lease: who holds it, as JSON; empty when it is free. */
	lease: "cres.lease",
	/** Containers and networks of a smoke test: its id. */
	smoke: "cres.smoke",
	/** The same: who runs it, as JSON. */
	smokeOwner: "cres.smoke-owner",
} as const;

export const OCI = {
	source: "org.opencontainers.image.source",
	revision: "org.opencontainers.image.revision",
	created: "org.opencontainers.image.created",
	version: "org.opencontainers.image.version",
	title: "org.opencontainers.image.title",
	baseDigest: "org.opencontainers.image.base.digest",
	baseName: "org.opencontainers.image.base.name",
} as const;
