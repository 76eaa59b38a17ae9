import type { Entry } from "./entry.ts";

export const backendErrors = {
	backend_config_invalid: {
		exit: "usage",
		retry: false,
		meaning: "The settings of a backend cannot be used.",
		remedy: "Correct the lines that the message names.",
	},
	backend_config_missing: {
		exit: "usage",
		retry: false,
		meaning: "There is no file with the settings of a backend.",
		remedy: "Write one as cres guide backend shows, or name it.",
	},
	backend_directory_unusable: {
		exit: "failed",
		retry: true,
		meaning: "The folder for the records and logs of a backend cannot be written.",
		remedy: "Free space, or make it writable.",
	},
	backend_env_missing: {
		exit: "usage",
		retry: false,
		meaning: "A server is to get a variable that the environment lacks.",
		remedy: "Export it, or take it out of pass_env.",
	},
	backend_gateway_unwritable: {
		exit: "failed",
		retry: true,
		meaning: "The file for the configuration of nginx cannot be written.",
		remedy: "Name another one, in a folder that is there and that you may write.",
	},
	backend_nginx_invalid: {
		exit: "failed",
		retry: false,
		meaning: "nginx refuses the configuration of a backend's gateway.",
		remedy: "Read its message; a newer nginx may help.",
	},
	backend_nginx_missing: {
		exit: "failed",
		retry: false,
		meaning: "The nginx of a backend's gateway cannot be run.",
		remedy: "Install it, or name its program under nginx.program.",
	},
	backend_no_command: {
		exit: "usage",
		retry: false,
		meaning: "A server of a backend has no command, and none can be guessed.",
		remedy: "Add command: to it.",
	},
	backend_no_logs: {
		exit: "failed",
		retry: false,
		meaning: "A backend has no log yet.",
		remedy: "Start it first.",
	},
	backend_port_taken: {
		exit: "failed",
		retry: true,
		meaning: "A port that a backend needs cannot be had.",
		remedy: "End the process that the message names yourself, or choose another port.",
	},
	backend_running_differently: {
		exit: "failed",
		retry: false,
		meaning: "A backend that is to be started runs already, with other settings or not healthy.",
		remedy: "Run cres backend restart.",
	},
	backend_server_ended: {
		exit: "failed",
		retry: false,
		meaning: "A server of a backend ended before it was healthy; nothing of it runs now.",
		remedy: "Read the last lines of its log, which the message shows.",
	},
	backend_server_unhealthy: {
		exit: "failed",
		retry: true,
		meaning: "A server of a backend does not answer its health check in time.",
		remedy: "Read the last lines of its log, which the message shows.",
	},
	backend_unknown_server: {
		exit: "usage",
		retry: false,
		meaning: "A backend has no server of that name.",
		remedy: "Name one of those that the message lists.",
	},
	backend_unsupported: {
		exit: "usage",
		retry: false,
		meaning: "A backend runs on Linux only: other systems do not show whose a process is.",
		remedy: "Start it on a Linux machine.",
	},
} as const satisfies Record<string, Entry>;
