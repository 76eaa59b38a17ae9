import { expect, it } from "vitest";
import { createDockerHost } from "../../../src/instances/docker/docker-host.ts";
import type { ContainerHost } from "../../../src/instances/docker/container-host.ts";
import { staysUp } from "../../../src/instances/docker/watch.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { engineOfTest, failed } from "./engine-of-test.ts";

const INFO = { OSType: "linux", Architecture: "x86_64", Runtimes: { nvidia: {} }, DockerRootDir: "/data" };
const INSPECTED = {
	...{ Id: "c1", Name: "/shop-g1", RestartCount: 0 },
	State: { Status: "running", ExitCode: 0, StartedAt: "2026-11-23T10:15:00Z" },
	Config: { Labels: {}, Env: [] },
};

const { engine, host } = engineOfTest();

it.each([
	[
		"the first that it has",
		{ none: { IPAddress: "" }, shop: { IPAddress: "172.18.0.2" }, b: { IPAddress: "172.19.0.2" } },
	],
	["the only one", { bridge: { IPAddress: "172.18.0.2" } }],
])("the address of a container is %s", async (_which, Networks) => {
	engine().replies["GET /containers/c1/json"] = [200, { ...INSPECTED, NetworkSettings: { Networks } }];
	expect(await host().container("c1")).toMatchObject({ address: "172.18.0.2" });
});

it("a container without a network has no address", async () => {
	for (const NetworkSettings of [{ Networks: { none: { IPAddress: "" } } }, { Networks: {} }, {}]) {
		engine().replies["GET /containers/c1/json"] = [200, { ...INSPECTED, NetworkSettings }];
		expect(await host().container("c1")).toMatchObject({ address: null });
	}
});

it("a daemon that fails is told with what it was asked for", async () => {
	engine().replies["GET /info"] = [500, { message: "oops" }];
	await expect(host().now()).rejects.toMatchObject(failed("tell the time", /oops/));
	await expect(host().facts()).rejects.toMatchObject(failed("read its facts", /oops/));
	engine().replies["GET /containers/json"] = [500, { message: "oops" }];
	await expect(host().listed({})).rejects.toMatchObject(failed("list containers", /oops/));
});

it("a machine that runs no programs has GPUs as its daemon says, and perhaps a driver", async () => {
	engine().replies["GET /info"] = [200, INFO];
	const mute = { ...engine().session, exec: () => Promise.reject(new Error("no shell")) };
	const without = await createDockerHost({
		...{ name: "cpu-1", socket: engine().socket, session: mute, credential: undefined },
	});
	expect(await without.facts()).toEqual({ platform: "linux/amd64", gpu: true, dataRoot: "/data" });
	engine().replies["GET /info"] = [200, { ...INFO, Runtimes: {} }];
	expect(await without.facts()).toEqual({ platform: "linux/amd64", gpu: false, dataRoot: "/data" });
});

it("what a login shell says behind what df says is not heard either", async () => {
	engine().df = { exitCode: 0, stdout: "Avail\n12345\n3 messages wait\n", stderr: "" };
	expect(await host().freeBytes(Promise.resolve("/data"))).toBe(12_345);
});

it("a refusal that reads like that of a registry is one of a pull only", async () => {
	const message = "toomanyrequests: You have reached your pull rate limit";
	engine().replies["GET /info"] = [500, { message }];
	await expect(host().facts()).rejects.toMatchObject(failed("read its facts", /toomanyrequests/));
});

it.each([
	[{ restarts: 4 }, "was restarted once; it exits with 3"],
	[{ restarts: 5 }, "was restarted 2 times; it exits with 3"],
	[{ restarts: 3, state: "exited" }, "is exited with exit code 3"],
	[undefined, "is gone"],
])("a container that does not stay up is told since when it was watched: %j", async (now, how) => {
	const state = { id: "c1", name: "a", state: "running", exitCode: 3, startedAt: 0, labels: {}, address: null };
	const fake = {
		container: async () => (now ? { ...state, ...now } : undefined),
		logs: async function* () {},
	} as Partial<ContainerHost> as ContainerHost;
	const ports = { host: fake, clock: systemClock, signal: new AbortController().signal };
	await expect(staysUp({ id: "c1", labels: {}, restarts: 3 }, 0, ports)).rejects.toMatchObject({
		...{ code: "container_died", message: `the container ${how}` },
	});
});
