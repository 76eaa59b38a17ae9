import type { Entry } from "./entry.ts";

export const smokeErrors = {
	docker_context_unsupported: {
		exit: "failed",
		retry: false,
		meaning: "The current docker context leads to a daemon that cres cannot push from.",
		remedy: "`docker context use default`; name a daemon behind TCP by DOCKER_HOST.",
	},
	smoke_clip: {
		exit: "failed",
		retry: false,
		meaning: "The programs of an image could not make the clip that its smoke test needs.",
		remedy: "Look at what ffmpeg said.",
	},
	smoke_dependencies_unset: {
		exit: "usage",
		retry: false,
		meaning: "cres.yaml does not say with which Temporal and store an image is tested.",
		remedy: "Set smoke.dependencies, or give --against rehearsal.",
	},
	smoke_dependency: {
		exit: "failed",
		retry: true,
		meaning: "The Temporal or the store of a smoke test ended, or did not become ready in time.",
		remedy: "Look at its last words, and at its image and command under smoke.dependencies.",
	},
	smoke_failed: {
		exit: "failed",
		retry: false,
		meaning: "An image failed a rung of its smoke test.",
		remedy: "Correct what the first failed rung names, and build it again.",
	},
	smoke_models_missing: {
		exit: "usage",
		retry: false,
		meaning: "The role gpu loads models, and the store that comes from an image is empty.",
		remedy: "Give --against rehearsal, or --role cpu.",
	},
	smoke_network: {
		exit: "failed",
		retry: true,
		meaning: "Nobody could tell what a container reaches on the network of a smoke test.",
		remedy: "Look at what the probe said, and at the network of the Docker daemon.",
	},
} as const satisfies Record<string, Entry>;
