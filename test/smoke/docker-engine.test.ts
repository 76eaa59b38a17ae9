import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pack } from "tar-stream";
import { Secret } from "../../src/secrets/secret.ts";
import { openEngine } from "../../src/smoke/docker-engine.ts";
import type { Engine } from "../../src/smoke/engine.ts";
import { frame, startDockerEngine, type DockerEngine } from "../support/docker-engine.ts";

const PINNED = `sha256:${"a".repeat(64)}`;
const { signal } = new AbortController();

let daemon: DockerEngine;
let engine: Engine;
beforeEach(async () => {
	daemon = await startDockerEngine();
	const credential = { username: "ops", password: new Secret("sentinel-of-the-registry") };
	engine = await openEngine({ host: `unix://${daemon.socket}`, registry: "registry.test", credential, signal });
});
afterEach(() => daemon[Symbol.asyncDispose]());

const INSPECTED = {
	...{ Id: "c1", Name: "/cres-smoke-ab-app", Image: "sha256:image" },
	State: { Status: "running", ExitCode: 0, OOMKilled: false },
	NetworkSettings: {
		Networks: { net: { IPAddress: "172.20.0.2" } },
		Ports: { "8080/tcp": null, "7233/tcp": [{ HostIp: "127.0.0.1", HostPort: "49153" }] },
	},
};

describe("a pull", () => {
	const pull = (reference: string) => engine.pull(reference, () => {}, signal);
	const answer = (line: object) => {
		daemon.streams["POST /images/create"] = (response) => response.end(`${JSON.stringify(line)}\n`);
	};

	it("onto a full disk says so, and what to do", async () => {
		answer({ error: "write /var/lib/docker/tmp/x: no space left on device" });
		await expect(pull(`registry.test/a@${PINNED}`)).rejects.toMatchObject({
			code: "docker_failed",
			message: expect.stringContaining("no space left on device"),
			hint: expect.stringMatching(/^the disk of the Docker daemon is full/),
		});
	});

	it("sends the registry's login to that registry alone", async () => {
		answer({ error: "stop" });
		for (const host of ["registry.test", "registry.test.evil", "docker.test"])
			await pull(`${host}/a@${PINNED}`).catch(() => {});
		const sent = daemon.asked.filter(({ call }) => call === "POST /images/create");
		expect(sent.map(({ headers }) => Boolean(headers["x-registry-auth"]))).toEqual([true, false, false]);
	});
});

describe("a container", () => {
	const order = { name: "n", image: `registry.test/a@${PINNED}`, network: "net", labels: { a: "b" } };
	beforeEach(() => {
		daemon.replies = {
			"POST /containers/create": [201, { Id: "c1" }],
			"GET /containers/c1/json": [200, INSPECTED],
			[`GET /images/${order.image}/json`]: [200, { Id: "sha256:image" }],
			"DELETE /containers/c1": [204],
		};
	});
	const body = () => daemon.asked.find(({ call }) => call === "POST /containers/create")!.body;

	it("under test keeps its own entry point, is confined as on an instance, and does not come back", async () => {
		await engine.create({
			...order,
			confined: true,
			env: { A: "1" },
			secrets: { B: new Secret("hidden-in-the-body") },
		});
		expect(body()).toMatchObject({
			...{ Image: order.image, Env: ["A=1", "B=hidden-in-the-body"] },
			HostConfig: { NetworkMode: "net", CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"], Init: true },
		});
		for (const name of ["Entrypoint", "Cmd"]) expect(body()).not.toHaveProperty(name);
		expect(body()["HostConfig"]).not.toHaveProperty("RestartPolicy");
	});

	it("A8: of an image that says what it writes is read-only but for that, as on an instance", async () => {
		await engine.create({ ...order, confined: true, writes: ["/tmp"] });
		expect(body()).toMatchObject({
			Volumes: { "/tmp": {} },
			HostConfig: { NetworkMode: "net", CapDrop: ["ALL"], ReadonlyRootfs: true },
		});
	});

	it("is published on loopback alone", async () => {
		await engine.create({ ...order, publish: 7233 });
		expect(body()).toMatchObject({ HostConfig: { PortBindings: { "7233/tcp": [{ HostIp: "127.0.0.1" }] } } });
	});

	it("of another image than that digest is removed", async () => {
		daemon.replies[`GET /images/${order.image}/json`] = [200, { Id: "sha256:other" }];
		await expect(engine.create(order)).rejects.toThrow("got image sha256:image instead of sha256:other");
		expect(daemon.asked.at(-1)!.call).toBe("DELETE /containers/c1");
	});

	it("has an address, a published port, a log and an end", async () => {
		daemon.streams["GET /containers/c1/logs"] = (response) => response.end(frame("one\ntwo\n"));
		expect(await engine.container("c1")).toEqual({
			...{ id: "c1", name: "cres-smoke-ab-app", state: "running", exitCode: 0, outOfMemory: false },
			...{ address: "172.20.0.2", published: 49_153 },
		});
		expect(await engine.log("c1", 5)).toEqual(["one", "two"]);
		expect(await engine.container("gone")).toBeUndefined();
		expect(await engine.log("gone", 5)).toEqual([]);
	});

	it("has files, whether it runs or not", async () => {
		const tar = pack();
		tar.entry({ name: "build-info.json" }, '{"buildId":"x"}');
		tar.finalize();
		daemon.streams["GET /containers/c1/archive"] = (response) => void tar.pipe(response);
		daemon.replies["HEAD /containers/c1/archive"] = ({ query }) => (query.get("path") === "/app/boot" ? [200] : [404]);
		expect(await engine.read("c1", "/app/build-info.json")).toBe('{"buildId":"x"}');
		expect([await engine.has("c1", "/app/boot"), await engine.has("c1", "/none")]).toEqual([true, false]);
		expect(await engine.read("gone", "/app/build-info.json")).toBeUndefined();
	});
});

it("what smoke tests have made is found by its label, with its age by the daemon's clock", async () => {
	daemon.replies["GET /containers/json"] = [
		200,
		[{ Id: "c1", Names: ["/app"], Labels: { "cres.smoke": "ab" }, Created: 1_000 }],
	];
	daemon.replies["GET /networks"] = [200, [{ Id: "n1", Name: "net", Labels: null, Created: "1970-01-01T00:00:05Z" }]];
	expect(await engine.things("ab")).toEqual([
		{ kind: "container", id: "c1", name: "app", labels: { "cres.smoke": "ab" }, createdAt: 1_000_000 },
		{ kind: "network", id: "n1", name: "net", labels: {}, createdAt: 5_000 },
	]);
	expect(daemon.asked.map(({ query }) => query.get("filters"))).toEqual(Array(2).fill('{"label":["cres.smoke=ab"]}'));
});

it("a daemon that is gone is named with its address", async () => {
	const { socket } = daemon;
	const away = await openEngine({ host: `unix://${socket}-gone`, registry: "r", credential: undefined, signal });
	await expect(away.facts()).rejects.toMatchObject({
		code: "docker_failed",
		message: expect.stringContaining(`the Docker daemon at unix://${socket}-gone did not tell what it is`),
	});
});

it("a daemon that says nothing is given up", async () => {
	for (const call of ["GET /info", "GET /containers/c1/json", "GET /containers/json", "GET /networks"])
		daemon.streams[call] = () => {};
	const limits = { answerMs: 80, changeMs: 80 };
	const place = { host: `unix://${daemon.socket}`, registry: "r", credential: undefined };
	const hasty = await openEngine({ ...place, signal, limits });
	for (const ask of [() => hasty.facts(), () => hasty.container("c1"), () => hasty.things()])
		await expect(ask()).rejects.toMatchObject({
			code: "docker_failed",
			message: expect.stringContaining("no answer in 0.08 s"),
		});
});
