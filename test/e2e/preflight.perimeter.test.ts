import { createHash } from "node:crypto";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { environmentOf, settingsFor, writeEnvironment, writeSettings } from "../support/cres.ts";
import { faultOf, lastBuildOf, makeDeployable, type Deployable, stateOf } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-preflight";
const CLOSED = "127.0.0.1:1";
const run = promisify(execFile);

let project: Deployable;
const settings = () => settingsFor(perimeter, NAME);
const instanceWith = (changes: object) => {
	const { instances, ...rest } = settings();
	return { ...rest, instances: { [NAME]: { ...instances[NAME], ...changes } } };
};
const deploy = async (...flags: string[]) => faultOf(await project.cres("deploy", NAME, "--json", ...flags));
const environmentWithout = (...names: string[]) =>
	Object.fromEntries(Object.entries(environmentOf(perimeter)).filter(([name]) => !names.includes(name)));

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
});
afterAll(() => project.remove());
afterEach(nothingWasDone);

async function nothingWasDone() {
	expect([await project.containers(), await project.leftovers()]).toEqual([[], []]);
	await writeSettings(project.directory, settings());
	await writeEnvironment(project.directory, environmentOf(perimeter));
}

describe("an instance that cannot be reached", () => {
	it("unknown: names the nearest one", async () => {
		const fault = faultOf(await project.cres("deploy", "e2e-prefligth", "--json"));
		expect(fault).toMatchObject({ exitCode: 2, code: "unknown_instance" });
		expect(fault.hint).toContain(`did you mean ${NAME}?`);
	});

	it("a closed port", async () => {
		await writeSettings(project.directory, instanceWith({ port: 1 }));
		const fault = await deploy();
		expect(fault).toMatchObject({ exitCode: 1, code: "instance_unreachable" });
		expect(fault.message).toMatch(/root@127\.0\.0\.1:1\) cannot be reached: .*ECONNREFUSED/);
		expect(fault.hint).toContain(`instances.${NAME}.host`);
	});

	it("a port that accepts but never speaks: gives up in time", async () => {
		await using server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
		await new Promise((resolve) => server.once("listening", resolve));
		await writeSettings(project.directory, instanceWith({ port: (server.address() as { port: number }).port }));
		const started = Date.now();
		expect(await deploy()).toMatchObject({ exitCode: 1, code: "instance_unreachable" });
		expect(Date.now() - started).toBeLessThan(15_000);
	}, 20_000);

	it("another host key than the pinned one", async () => {
		const path = join(stateOf(project.directory), "host-keys.json");
		const pins = await readFile(path, "utf8");
		await writeFile(path, pins.replace(/SHA256:.{4}/, "SHA256:AAAA"));
		const fault = await deploy();
		await writeFile(path, pins);
		expect(fault).toMatchObject({ exitCode: 1, code: "host_key_mismatch" });
		expect(fault.hint).toContain(`cres instance adopt ${NAME} --replace-key`);
	});

	it("a key that it does not know, and one that is not there", async () => {
		const key = join(project.directory, "id_other");
		await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
		await writeSettings(project.directory, instanceWith({ key }));
		const refused = await deploy();
		expect(refused).toMatchObject({ exitCode: 1, code: "ssh_refused" });
		expect(refused.hint).toContain("authorized_keys");
		await writeSettings(project.directory, instanceWith({ key: `${key}.gone` }));
		const missing = await deploy();
		expect(missing).toMatchObject({ exitCode: 1, code: "ssh_key_missing" });
		expect(missing.hint).toContain(`instances.${NAME}.key`);
	});
});

describe("a registry that gives no image", () => {
	const registryWith = (push: object) => ({ ...settings(), registry: { ...(settings()["registry"] as object), push } });

	it("is down", async () => {
		await writeSettings(project.directory, registryWith({ address: CLOSED, tls: false }));
		const fault = await deploy();
		expect(fault).toMatchObject({ exitCode: 1, code: "registry_unreachable" });
		expect(fault.hint).toContain("cres doctor");
	});

	it("refuses the credential, or gets none", async () => {
		await writeEnvironment(project.directory, { ...environmentOf(perimeter), REGISTRY_PASSWORD: "wrong-password" });
		const refused = await deploy();
		expect(refused).toMatchObject({ exitCode: 1, code: "registry_unauthorized" });
		expect(refused.message).toContain("refuses the credential");
		await writeEnvironment(project.directory, environmentWithout("REGISTRY_PASSWORD", "REGISTRY_USERNAME"));
		const missing = await deploy();
		expect(missing).toMatchObject({ exitCode: 1, code: "registry_unauthorized" });
		expect(missing.hint).toContain("set REGISTRY_USERNAME and REGISTRY_PASSWORD in .env");
	});

	it("has no such digest", async () => {
		const fault = await deploy("--image", `sha256:${"0".repeat(64)}`);
		expect(fault).toMatchObject({ exitCode: 1, code: "image_missing" });
		expect(fault.hint).toBe("cres build all --push");
	});

	it("has the image for another architecture", async () => {
		const fault = await deploy("--image", await pushForeign());
		expect(fault).toMatchObject({ exitCode: 1, code: "image_wrong_platform" });
		expect(fault.message).toContain("linux/arm64, not linux/amd64");
		expect(fault.hint).toContain("cres build --push");
	});

	it("was never given one from here", async () => {
		const text = await readFile(lastBuildOf(project.directory), "utf8");
		await rm(lastBuildOf(project.directory));
		const fault = await deploy();
		await writeFile(lastBuildOf(project.directory), text);
		expect(fault).toMatchObject({ exitCode: 2, code: "no_build" });
		expect(fault.hint).toContain("cres build all --push");
	});
});

describe("a queue that nobody polls", () => {
	it("is a finding of pollers, with the next command", async () => {
		const { exitCode, stdout } = await project.cres("pollers");
		expect({ exitCode, stdout }).toMatchObject({
			exitCode: 3,
			stdout: expect.stringContaining(`✖ nobody polls queue-${NAME}@cpu (workflow)`),
		});
		expect(stdout).toContain("→ cres status");
	});
});

describe("what the worker needs", () => {
	it("a secret without a value", async () => {
		await writeEnvironment(project.directory, environmentWithout("MINIO_SECRET_KEY"));
		const fault = await deploy();
		expect(fault).toMatchObject({ exitCode: 1, code: "secret_missing" });
		expect(fault.hint).toContain("MINIO_SECRET_KEY=… into .env");
	});

	it("a Temporal that answers", async () => {
		await writeSettings(project.directory, { ...settings(), temporal: { address: CLOSED } });
		const fault = await deploy();
		expect(fault).toMatchObject({ exitCode: 1, code: "temporal_unreachable" });
		expect(fault.hint).toContain("cres doctor");
	});

	it("says everything that stands in the way at once", async () => {
		await writeSettings(project.directory, { ...instanceWith({ port: 1 }), temporal: { address: CLOSED } });
		await writeEnvironment(project.directory, environmentWithout("MINIO_SECRET_KEY"));
		const fault = await deploy();
		expect(fault).toMatchObject({ exitCode: 1, code: "preflight" });
		for (const part of [
			"3 preflight checks failed",
			"nothing was changed",
			"ECONNREFUSED",
			"does not answer",
			"MINIO_SECRET_KEY",
		])
			expect(fault.message).toContain(part);
	});

	it("room on the instance's disk", async () => {
		const daemon = await smallDaemon();
		try {
			await writeSettings(project.directory, instanceWith({ docker_socket: daemon.socket }));
			const fault = await deploy();
			expect(fault).toMatchObject({ exitCode: 1, code: "disk_full" });
			expect(fault.message).toMatch(/has [\d.]+ MB free in \S+, the image needs about [\d.]+ [MG]B/);
			expect(fault.hint).toContain("docker system df");
		} finally {
			await daemon.stop();
		}
	}, 40_000);
});

/** An image for arm64 in the test registry; returns its digest. */
async function pushForeign(): Promise<string> {
	const { address, username, password } = perimeter.registry;
	const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
	const repository = `http://${address}/v2/cres/worker`;
	const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
	const send = (method: string, url: string, body: string, type: string) =>
		fetch(url, { method, headers: { authorization, "content-type": type }, body });
	const config = JSON.stringify({ architecture: "arm64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
	const begun = await send("POST", `${repository}/blobs/uploads/`, "", "text/plain");
	const upload = new URL(begun.headers.get("location")!);
	upload.searchParams.set("digest", digestOf(config));
	await send("PUT", upload.href, config, "application/octet-stream");
	const descriptor = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.length };
	const mediaType = MEDIA_TYPE.ociManifest;
	const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] });
	const { status } = await send("PUT", `${repository}/manifests/${digestOf(manifest)}`, manifest, mediaType);
	expect(status).toBe(201);
	return digestOf(manifest);
}

/** A Docker daemon whose images lie on 80 MB of memory. */
async function smallDaemon(): Promise<{ socket: string; stop(): Promise<void> }> {
	const directory = await mkdtemp("/run/cres-e2e-");
	const [data, socket] = [`${directory}/data`, `${directory}/docker.sock`];
	await run("mkdir", [data]);
	await run("mount", ["-t", "tmpfs", "-o", "size=80m", "tmpfs", data]);
	const bridge = `--bridge=${perimeter.instance.bridge}`; // without one of its own it would take away docker0
	const flags = [bridge, "--iptables=false", "--ip-masq=false", `--exec-root=${directory}/exec`];
	const argv = [...flags, `--host=unix://${socket}`, `--data-root=${data}`, `--pidfile=${directory}/docker.pid`];
	const child = spawn("dockerd", argv, { stdio: "ignore" });
	const stop = async () => {
		await ended(child);
		for (const path of await mountsBelow(directory)) await run("umount", ["-l", path]);
		await rm(directory, { recursive: true, force: true });
	};
	for (let tries = 0; tries < 150; tries++) {
		if (await run("docker", ["-H", `unix://${socket}`, "info"]).catch(() => undefined)) return { socket, stop };
		await delay(100);
	}
	await stop();
	throw new Error("the small daemon does not answer");
}

function ended(child: ChildProcess): Promise<unknown> {
	const closed = new Promise((resolve) => child.once("exit", resolve));
	child.kill("SIGTERM");
	return closed;
}

const mountsBelow = async (directory: string): Promise<string[]> =>
	(await readFile("/proc/mounts", "utf8"))
		.split("\n")
		.map((line) => line.split(" ")[1] ?? "")
		.filter((path) => path.startsWith(`${directory}/`))
		.toSorted((a, b) => b.length - a.length);
