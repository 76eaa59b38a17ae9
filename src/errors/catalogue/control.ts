import type { Entry } from "./entry.ts";

export const controlErrors = {
	control_boot_taken: {
		exit: "failed",
		retry: false,
		meaning: "A scheduled task or unit of that name is there, and this cres.yaml did not register it.",
		remedy: "Look at what it does; remove it if nobody needs it, then install again.",
	},
	control_install_failed: {
		exit: "failed",
		retry: false,
		meaning: "The system does not take the task or unit that starts the control plane.",
		remedy: "Read what it said; on Windows run as administrator, on Linux as root or with --user.",
	},
	control_install_unsupported: {
		exit: "failed",
		retry: false,
		meaning: "cres knows no way to start something at the start of this system.",
		remedy: "Have the system run cres control boot when it starts.",
	},
	control_log_unwritable: {
		exit: "failed",
		retry: false,
		meaning: "The log of a service cannot be written, so it was not started.",
		remedy: "Correct the owner or the mode of the folder that the message names.",
	},
	control_not_installed: {
		exit: "failed",
		retry: false,
		meaning: "This cres.yaml has registered nothing that starts the control plane.",
		remedy: "cres control install registers it.",
	},
	control_port_held: {
		exit: "failed",
		retry: false,
		meaning: "Another program has the port of a service, and it is not healthy as that service.",
		remedy: "End that program, or choose another port.",
	},
	control_secret_missing: {
		exit: "usage",
		retry: false,
		meaning: "A service of the control plane needs a secret that has no value.",
		remedy: "Put it into .env.",
	},
	unknown_service: {
		exit: "usage",
		retry: false,
		meaning: "The control plane has no service of that name.",
		remedy: "Correct the name: cres control status shows them.",
	},
} as const satisfies Record<string, Entry>;
