import { isWorker, WORKER_GROUP } from "./names.ts";
import { FIRST, type Program } from "./programs.ts";

/** Where the programs' output goes: the container's own, or one rotated file a program. */
export type LogTarget = "container" | "files";

/** The part of supervisord's configuration that this container makes: its programs, and the group of the workers. */
export function programFile(programs: readonly Program[], logs: LogTarget): string {
	const workers = programs.map(({ name }) => name).filter(isWorker);
	const group =
		workers.length === 0 ? [] : [`[group:${WORKER_GROUP}]`, `programs=${workers.join(",")}`, `priority=${FIRST}`, ""];
	return [...programs.flatMap((program) => [...section(program, logs), ""]), ...group].join("\n");
}

function section(program: Program, logs: LogTarget): string[] {
	const pairs = Object.entries(program.environment).filter(([, value]) => isCarried(value));
	return [
		`[program:${program.name}]`,
		`command=${program.command.map(word).join(" ")}`,
		`environment=${pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(",")}`,
		`priority=${program.priority}`,
		`autorestart=${program.autorestart}`,
		`startsecs=${program.startSeconds}`,
		`startretries=${program.startRetries}`,
		`stopwaitsecs=${program.stopSeconds}`,
		`stopasgroup=${program.stopAsGroup}`,
		"killasgroup=true",
		"redirect_stderr=true",
		...LOGS[logs](program.name),
	];
}

const LOGS: Record<LogTarget, (name: string) => string[]> = {
	// A pipe cannot be rotated.
	container: () => ["stdout_logfile=/dev/fd/1", "stdout_logfile_maxbytes=0"],
	files: (name) => [
		`stdout_logfile=/var/log/cres/${name}.log`,
		"stdout_logfile_maxbytes=10MB",
		"stdout_logfile_backups=2",
	],
};

/**
 * supervisord takes what follows a blank and `;` or `#` for a comment, and ends a value with its line. Such a value
 * reaches the programs all the same, with supervisord's own environment.
 */
const isCarried = (value: string): boolean => !/[\n\r]|\s[;#]/.test(value);

const quoted = (value: string): string => `"${expanded(value).replaceAll(/[\\"]/g, "\\$&")}"`;
const word = (value: string): string => (/^[\w@%+=:,./-]+$/.test(value) ? expanded(value) : quoted(value));
/** supervisord replaces %(name)s. */
const expanded = (value: string): string => value.replaceAll("%", "%%");
