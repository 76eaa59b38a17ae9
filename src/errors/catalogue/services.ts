import type { Entry } from "./entry.ts";

export const serviceErrors = {
	service_answered_elsewhere: {
		exit: "failed",
		retry: false,
		meaning: "Another program answers where a service is to be started.",
		remedy: "Stop that program, or choose another port.",
	},
	service_ended: {
		exit: "failed",
		retry: false,
		meaning: "The program of a service ended before it was ready.",
		remedy: "Read the last lines of its log, which the message shows.",
	},
	service_not_ready: {
		exit: "failed",
		retry: true,
		meaning: "A service does not answer within its time.",
		remedy: "Read its log, then start it again.",
	},
	service_not_started: {
		exit: "failed",
		retry: false,
		meaning: "The program of a service cannot be started.",
		remedy: "Install it, or correct its path.",
	},
	service_not_stopped: {
		exit: "failed",
		retry: true,
		meaning: "The process of a service cannot be ended.",
		remedy: "Run the command again as the user that started it.",
	},
	service_record_unreadable: {
		exit: "failed",
		retry: false,
		meaning: "The record of a running service cannot be read.",
		remedy: "End the process that it names, if it runs, and remove the file.",
	},
} as const satisfies Record<string, Entry>;
