import type Docker from "dockerode";
import { DOCKER_LIMITS, limitCalls, type DockerLimits } from "../src/system/docker-calls.ts";

/** A client of the daemon at a unix socket, each call with its limits. */
export async function dockerAt(socketPath: string, limits: DockerLimits = DOCKER_LIMITS): Promise<Docker> {
	const { default: Client } = await import("dockerode");
	const client = new Client({ socketPath });
	limitCalls(client, limits);
	return client;
}
