import type { Entry } from "./entry.ts";

export const selfTestErrors = {
	missing_role: {
		exit: "usage",
		retry: false,
		meaning: "The instance does not have the role that --role names.",
		remedy: "Name one of its roles.",
	},
	self_test_broken: {
		exit: "failed",
		retry: false,
		meaning: "The self-test on the instance printed no report.",
		remedy: "Read cres logs.",
	},
	self_test_late: {
		exit: "failed",
		retry: true,
		meaning: "The self-test on the instance did not end in time.",
		remedy: "Read cres logs.",
	},
	self_test_missing: {
		exit: "failed",
		retry: false,
		meaning: "The running image is older than the self-test.",
		remedy: "Build, push and deploy a new one.",
	},
} as const satisfies Record<string, Entry>;
