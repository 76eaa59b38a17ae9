import { networkInterfaces } from "node:os";
import { z } from "zod";
import { isLoopback, splitHostAndPort } from "../../system/hosts.ts";
import type { Shell } from "../../system/shell.ts";
import type { DependencyFacts } from "./facts.ts";
import { redact } from "../../secrets/secret.ts";

const LIMIT_MS = 3_000;
const LINES = 6;
const LINE = 400;

/** A line of `docker ps --format '{{json .}}'` (docs.docker.com/reference/cli/docker/container/ls). */
const rowSchema = z.object({
	ID: z.string(),
	Names: z.string(),
	Image: z.string(),
	State: z.string(),
	Status: z.string(),
	Ports: z.string(),
});
type Row = z.infer<typeof rowSchema>;

/** What a server of that kind is usually called. */
const CALLED: Record<DependencyFacts["name"], RegExp> = {
	temporal: /temporal/i,
	store: /minio|garage|seaweed|rustfs|s3/i,
};

/**
 * The container of this machine that serves an address, or did: a stopped one has no name and no address, and its
 * state says more than the network. Null when there is none, the address is another machine's, or no Docker answers.
 */
export async function servingContainer(
	shell: Shell,
	{ name, address }: Pick<DependencyFacts, "name" | "address">,
	signal: AbortSignal,
): Promise<DependencyFacts["container"]> {
	const { host, port } = splitHostAndPort(address);
	if (!isHere(host)) return null;
	const ask = async (argv: string[]): Promise<string> => {
		const ended = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
		const { exitCode, stdout, stderr } = await shell.run("docker", argv, { signal: ended });
		return exitCode === 0 ? stdout + stderr : "";
	};
	try {
		const rows = rowsOf(await ask(["ps", "--all", "--no-trunc", "--format", "{{json .}}"]));
		const row = chosen(rows, port, CALLED[name]);
		if (!row) return null;
		const log = (await ask(["logs", "--tail", String(LINES), row.ID])).split("\n").filter(Boolean);
		const exitCode = Number(/^Exited \((-?\d+)\)/.exec(row.Status)?.[1] ?? 0);
		const shown = log.slice(-LINES).map((line) => redact(line).slice(0, LINE));
		return { name: row.Names.slice(0, 300), image: row.Image.slice(0, 300), state: row.State, exitCode, log: shown };
	} catch {
		signal.throwIfAborted();
		return null; // no Docker here
	}
}

/** Whoever publishes the port; else, of those that do not run, one that is called like it. */
function chosen(rows: readonly Row[], port: number, called: RegExp): Row | undefined {
	const publishes = rows.find(({ Ports }) => Ports.includes(`:${port}->`));
	const ended = rows.filter(({ State }) => State !== "running");
	return publishes ?? ended.find(({ Names, Image }) => called.test(Names) || called.test(Image));
}

function rowsOf(stdout: string): Row[] {
	return stdout.split("\n").flatMap((line) => {
		try {
			return [rowSchema.parse(JSON.parse(line))];
		} catch {
			return [];
		}
	});
}

const isHere = (host: string): boolean =>
	isLoopback(host) || Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host));
