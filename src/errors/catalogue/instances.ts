import type { Entry } from "./entry.ts";

export const instanceErrors = {
	changed_meanwhile: {
		exit: "busy",
		retry: true,
		meaning: "Somebody else changed the instance before cres had its lease.",
		remedy: "Run the command again: it looks again.",
	},
	container_died: {
		exit: "failed",
		retry: false,
		meaning: "The new container or its worker ended, or keeps restarting.",
		remedy: "Correct what its last log lines name: they are printed, and cres logs --release shows all.",
	},
	disk_full: {
		exit: "failed",
		retry: false,
		meaning: "The instance has too little free disk for the image.",
		remedy: "Free space there, or rent a contract with a larger disk.",
	},
	docker_failed: {
		exit: "failed",
		retry: true,
		meaning: "An instance's Docker daemon did not do what it was asked.",
		remedy: "Read the message, then look at the daemon with docker info.",
	},
	instance_in_use: {
		exit: "failed",
		retry: false,
		meaning: "The instance runs a container of ours, or does not tell whether it does.",
		remedy: "Stop it first, or remove it with --force.",
	},
	no_gpu: {
		exit: "failed",
		retry: false,
		meaning: "The instance has the role gpu, but no GPU, or no driver for it that is loaded.",
		remedy: "Install the NVIDIA container toolkit, get nvidia-smi to work on the host, or drop the role.",
	},
	nothing_deployed: {
		exit: "failed",
		retry: false,
		meaning: "cres has not deployed anything on the instance.",
		remedy: "Deploy it first.",
	},
	nothing_runs: {
		exit: "failed",
		retry: false,
		meaning: "No container of cres runs on the instance.",
		remedy: "Look with cres status, then deploy or start it.",
	},
	unhealthy: {
		exit: "failed",
		retry: false,
		meaning: "The new container polls, but its health report names a fault.",
		remedy: "Read cres logs, then check the store and Temporal.",
	},
	unknown_instance: {
		exit: "usage",
		retry: false,
		meaning: "cres.yaml has no instance of that name.",
		remedy: "Correct the name, or adopt the instance.",
	},
	wrong_architecture: {
		exit: "failed",
		retry: false,
		meaning: "The image is for another processor than the instance's.",
		remedy: "Build for that platform, or choose another instance.",
	},
	wrong_driver: {
		exit: "usage",
		retry: false,
		meaning: "The instance has another driver in cres.yaml than the command needs.",
		remedy: "Look with cres instance list.",
	},
} as const satisfies Record<string, Entry>;
