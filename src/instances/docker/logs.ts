import { parseLine, type LogLine, type LogOptions } from "../log-line.ts";
import { nothingDeployed } from "../nothing-deployed.ts";
import type { ContainerHost } from "./container-host.ts";
import { ourContainers } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";

/** Lines of a log that may name why its container failed. */
const END_OF_LOG = 200;

/** Log lines of the instance's running container, else of the newest. Ends with the log, or on Ctrl-C when following. */
export async function* readLogs(ports: DockerPorts, options: LogOptions): AsyncIterable<LogLine> {
	const host = await ports.host();
	const [container] = await ourContainers(host, ports);
	if (!container) throw nothingDeployed(ports.name);
	for await (const raw of host.logs(container.id, { ...options, signal: ports.signal })) yield lineOf(raw);
}

/** The last lines of a container's log; none when it never started, or its daemon does not give it. */
export async function lastLines(host: ContainerHost, id: string, tail = END_OF_LOG): Promise<LogLine[]> {
	try {
		return (await Array.fromAsync(host.logs(id, { tail }))).map(lineOf);
	} catch {
		return [];
	}
}

/** The daemon puts its own time before each line. */
function lineOf(raw: string): LogLine {
	const [, time, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s.exec(raw) ?? [];
	return time === undefined ? parseLine(raw) : parseLine(text!, { at: new Date(time).toISOString() });
}
