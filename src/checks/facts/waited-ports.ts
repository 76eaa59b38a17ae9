import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";

/** A script waits for one port and starts what listens on another one. */
export interface Waited {
	port: number;
	line: number;
	/** Of what it starts and never waits for. */
	started: { port: number; line: number };
}

const WAITS =
	/\b(?:Wait-\w*(?:Port|Tcp)\w*(?:[ \t]+-Port)?|wait[-_]?for[-_]?(?:port|tcp|it)(?:\.sh)?|wait_port)[ \t]+(?:(?:-\w+[ \t]+)?["']?(?:localhost|127\.0\.0\.1)["']?[ \t:]+(?:-Port[ \t]+)?)?(\d{2,5})\b/gi;
/** `if (-not (Test-Port 9000)) { … }`, `if ! nc -z localhost 9000; then …`: it is started where nothing listens yet. */
const GUARDS =
	/\bif[ \t]*(?:\([ \t]*(?:-not|!)[ \t]*\(?|!)[ \t]*(?:Test-\w*(?:Port|Tcp|Connection)\w*[^\n]*?(?:-Port[ \t]+)?|nc[ \t]+-\w*z\w*[ \t]+(?:localhost|127\.0\.0\.1)[ \t]+|port_open[ \t]+)(?<!\d)(\d{2,5})\b/gi;
const OPTIONS = /--(?:port|listen-port)["']?(?:[ \t=]|[ \t]*,[ \t]*)["']?(\d{2,5})\b/g;

/** The one wait of a script for a port that nothing in it starts, where it starts one thing that it never waits for. */
export function waitedIn(file: SourceFile): Waited | undefined {
	const waits = portsIn(file, WAITS);
	if (waits.size < 2) return undefined;
	const guards = portsIn(file, GUARDS);
	const starts = guards.size > 0 ? guards : portsIn(file, OPTIONS);
	const lost = [...waits].filter(([port]) => !starts.has(port));
	const idle = [...starts].filter(([port]) => !waits.has(port));
	const [wait, start] = [lost[0], idle[0]];
	return wait !== undefined && start !== undefined && lost.length === 1 && idle.length === 1
		? { port: wait[0], line: wait[1], started: { port: start[0], line: start[1] } }
		: undefined;
}

/** Each port with its first line. */
function portsIn(file: SourceFile, pattern: RegExp): Map<number, number> {
	const found = new Map<number, number>();
	for (const { 1: port, index } of file.matches(pattern))
		if (!found.has(Number(port)) && !isComment(file, index)) found.set(Number(port), file.lineAt(index));
	return found;
}
