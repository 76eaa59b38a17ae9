import { UserError } from "../errors/errors.ts";

/** The signals that stop a command, and why it ends then. */
export const STOPS: readonly [NodeJS.Signals, () => UserError][] = [
	["SIGINT", () => new UserError("interrupted", "interrupted by the operator")],
	["SIGTERM", () => new UserError("terminated", "terminated by the operator")],
	["SIGQUIT", () => new UserError("terminated", "terminated by the operator")],
	["SIGHUP", () => new UserError("hung_up", "stopped: the terminal was closed")],
];
