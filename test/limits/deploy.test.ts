import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { ContainerHost } from "../../src/instances/docker/container-host.ts";
import { createDockerHost } from "../../src/instances/docker/docker-host.ts";
import type { ConnectHost } from "../../src/instances/docker/ports.ts";
import { localLeaseHolder } from "../../src/state/leases.ts";
import { systemClock } from "../../src/system/clock.ts";
import { badServer } from "../support/bad-peers.ts";
import { BUILD, NAME, makeDockerWorld } from "../support/docker-world.ts";
import { connectTo } from "../support/fake-container-host.ts";
import type { FakeDaemon } from "../support/fake-daemon.ts";

/** A daemon that answers everything but these calls: a real client asks a server that says nothing. */
async function deployTo(...silentCalls: (keyof ContainerHost)[]) {
	const { socket } = await badServer("silent");
	const session = {
		...{ onLost: () => {}, close: () => {}, exec: () => Promise.reject(new Error("no programs here")) },
		openSocket: async () => connect(socket).on("error", () => {}),
	};
	const limits = { answerMs: 60, changeMs: 60, stallMs: 60 };
	const half =
		(daemon: FakeDaemon): ConnectHost =>
		async (...of) => {
			const [answering, silent] = await Promise.all([
				connectTo(daemon)(...of),
				createDockerHost({ name: NAME, socket, session, credential: undefined, limits }),
			]);
			const replaced = silentCalls.map((call) => [call, silent[call]] as const);
			return { ...answering, ...Object.fromEntries(replaced) } as ContainerHost;
		};
	const world = await makeDockerWorld({}, half);
	onTestFinished(() => world.close());
	const host = await world.controlHost();
	const error = await host.deploy(BUILD.first).then(
		({ failure }) => failure, // what had begun was gone back from
		(reason: unknown) => reason,
	);
	const lease = await localLeaseHolder(host.config.state, NAME, systemClock);
	return { error, lease, remote: await host.instance.lease.holder().catch(() => undefined), world };
}

it.each<[keyof ContainerHost, RegExp]>([
	["facts", /^the Docker daemon of cpu-1 did not read its facts: no answer in 0\.06 s$/],
	["pull", /^the Docker daemon of cpu-1 did not pull \S+: no answer in 0\.06 s$/],
	["create", /^the Docker daemon of cpu-1 did not create a container: no answer in 0\.06 s$/],
])(
	"A16: a daemon that falls silent (%s) ends a deploy with one error, and the lease is given back",
	async (call, message) => {
		const { error, lease, remote, world } = await deployTo(call);
		expect(error).toMatchObject({ code: "docker_failed", message: expect.stringMatching(message) as string });
		expect([lease, remote]).toEqual([undefined, undefined]);
		expect(world.daemon.containers).toEqual([]);
	},
);
