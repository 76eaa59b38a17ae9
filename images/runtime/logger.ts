type Level = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";
export type Log = (level: Level, message: string, fields?: Record<string, unknown>) => void;

export interface LoggerOptions {
	/** Values that no line may hold. */
	secrets?: readonly string[];
	write?: (line: string) => void;
	now?: () => Date;
	/** Name of this program; supervisord gives each its own. */
	program?: string | undefined;
}

/** One JSON object a line: time, level, program, message, then the fields; secrets come out as [redacted]. */
export function createLog({
	secrets = [],
	write = (line) => process.stdout.write(line),
	now = () => new Date(),
	program = process.env["SUPERVISOR_PROCESS_NAME"],
}: LoggerOptions = {}): Log {
	const hidden = secrets.filter((secret) => secret !== "").map((secret) => JSON.stringify(secret).slice(1, -1));
	return (level, message, fields = {}) => {
		const line = JSON.stringify({ time: now().toISOString(), level, program, message, ...fields }, plain);
		write(`${hidden.reduce((text, secret) => text.replaceAll(secret, "[redacted]"), line)}\n`);
	};
}

/** Errors and 64-bit numbers say nothing to JSON.stringify by themselves. */
function plain(_key: string, value: unknown): unknown {
	if (value instanceof Error) return value.stack || String(value);
	return typeof value === "bigint" ? Number(value) : value;
}
