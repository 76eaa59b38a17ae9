import { afterEach, beforeEach, expect } from "vitest";
import type { ContainerHost } from "../../../src/instances/docker/container-host.ts";
import { createDockerHost } from "../../../src/instances/docker/docker-host.ts";
import type { Secret } from "../../../src/secrets/secret.ts";
import { startDockerEngine, type DockerEngine } from "../../support/docker-engine.ts";

/** A Docker engine for each test, and the host that is reached through it. */
export function engineOfTest() {
	let engine: DockerEngine;
	let host: ContainerHost;
	const open = (credential?: { username: string; password: Secret }) =>
		createDockerHost({ name: "cpu-1", socket: engine.socket, session: engine.session, credential });
	beforeEach(async () => {
		engine = await startDockerEngine();
		host = await open();
	});
	afterEach(() => engine[Symbol.asyncDispose]());
	const bodyOf = (call: string) => engine.asked.find((one) => one.call === call)!.body;
	return { engine: () => engine, host: () => host, open, bodyOf };
}

/** What a call fails with that the daemon refuses. */
export const failed = (what: string, why: RegExp) => ({
	...{ code: "docker_failed", hint: "cres logs cpu-1, or look at the daemon: ssh to cpu-1 and run docker info" },
	message: expect.stringMatching(new RegExp(`^the Docker daemon of cpu-1 did not ${what}: .*${why.source}`)) as string,
});
