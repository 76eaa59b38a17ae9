import { beforeEach, describe, expect, it } from "vitest";
import type { ContainerSpec } from "../../../src/instances/docker/container-host.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { engineOfTest, failed } from "./engine-of-test.ts";

const IMAGE = "registry.test:5000/owner/worker@sha256:1";
const SPEC: ContainerSpec = {
	...{ name: "shop-g1", image: IMAGE, env: { A: "1=2" }, secrets: { KEY: new Secret("hush-hush") } },
	...{ labels: { "cres.project": "shop" }, memoryMb: undefined, gpu: false },
};
const INSPECTED = {
	...{ Id: "c1", Name: "/shop-g1", RestartCount: 2, Image: "sha256:image" },
	State: { Status: "running", ExitCode: 7, StartedAt: "2026-11-23T10:15:00.5Z" },
	Config: { Labels: { "cres.project": "shop" }, Env: ["A=1=2", "EMPTY=", "B=x"] },
};

const { engine, host, bodyOf } = engineOfTest();

describe("the host", () => {
	const facts = async (info: object) => {
		engine().replies["GET /info"] = [200, info];
		return host().facts();
	};
	const INFO = { OSType: "linux", Architecture: "x86_64", Runtimes: { runc: {}, nvidia: {} }, DockerRootDir: "/data" };

	it("tells its platform in the words of images, its GPUs and where its data is", async () => {
		expect(await facts(INFO)).toEqual({ platform: "linux/amd64", gpu: true, dataRoot: "/data" });
		expect(await facts({ ...INFO, Architecture: "aarch64", Runtimes: null })).toMatchObject({
			platform: "linux/arm64",
			gpu: false,
		});
		expect(await facts({ ...INFO, Architecture: "riscv64", Runtimes: { runc: {} } })).toMatchObject({
			platform: "linux/riscv64",
			gpu: false,
		});
	});

	it("T16: has GPUs by devices that are described to it, too", async () => {
		const described = { ...INFO, Runtimes: { runc: {} }, CDISpecDirs: ["/etc/cdi"] };
		const devices = [{ Source: "cdi", ID: "nvidia.com/gpu=all" }];
		const all = { gpu: true, cdi: ["nvidia.com/gpu=all"] };
		expect(await facts({ ...described, DiscoveredDevices: devices })).toMatchObject(all);
		const parts = ["nvidia.com/gpu=0:1", "nvidia.com/gpu=MIG-5c89", "nvidia.com/mig-1g.10gb=0"];
		for (const ID of parts)
			expect(await facts({ ...described, DiscoveredDevices: [{ Source: "cdi", ID }] })).toMatchObject({
				...{ gpu: true, cdi: [ID] },
			});
		const every = [...parts, "nvidia.com/gpu=all"].map((ID) => ({ Source: "cdi", ID }));
		expect(await facts({ ...described, DiscoveredDevices: every })).toMatchObject(all);
		for (const DiscoveredDevices of [undefined, null, [], [null], [{ Source: "cdi", ID: "vendor.com/net=all" }]])
			expect(await facts({ ...described, DiscoveredDevices })).toMatchObject({ gpu: false });
		expect(await facts({ ...INFO, DiscoveredDevices: devices })).not.toHaveProperty("cdi");
	});

	it("T16: has GPUs by files of the host, where the daemon looks for descriptions and lists none", async () => {
		const looks = { ...INFO, Runtimes: { runc: {} }, CDISpecDirs: ["/etc/cdi", "/var/run/cdi"] };
		const there = async (stdout: string) => {
			engine().df = { exitCode: 2, stdout, stderr: "ls: cannot access" };
			return facts(looks);
		};
		expect(await there("Welcome\n")).toMatchObject({ gpu: false });
		expect(await there("/usr/bin/nvidia-container-runtime-hook\n/dev/nvidiactl\n")).toMatchObject({ gpu: true });
		expect(await there("/var/run/cdi/nvidia.yaml\n")).toMatchObject({
			...{ gpu: true, cdi: ["nvidia.com/gpu=all"], driverless: true },
		});
		const { cdi, driverless } = await there("/etc/cdi/nvidia.yaml\n/dev/nvidiactl\n");
		expect([cdi, driverless]).toEqual([["nvidia.com/gpu=all"], undefined]);
	});

	it("T16: has GPUs by NVIDIA's hook alone, at a daemon that knows no descriptions", async () => {
		const older = { ...INFO, Runtimes: { runc: {} } };
		for (const folder of ["/usr/bin", "/usr/local/bin"]) {
			const stdout = `${folder}/nvidia-container-runtime-hook\n/etc/cdi/nvidia.yaml\n/dev/nvidiactl\n`;
			engine().df = { exitCode: 2, stdout, stderr: "ls: cannot access" };
			const found = await facts(older);
			expect(found).toMatchObject({ gpu: true });
			expect(found).not.toHaveProperty("cdi"); // it would take no such request
		}
		engine().df = { exitCode: 2, stdout: "", stderr: "ls: cannot access" };
		expect(await facts(older)).toMatchObject({ gpu: false });
	});

	it.each(["nvidia-cdi", "nvidia-container-runtime", "nvidia-experimental"])(
		"T16: has GPUs by a runtime called %s",
		async (name) => {
			expect(await facts({ ...INFO, Runtimes: { runc: {}, [name]: {} } })).toMatchObject({ gpu: true });
		},
	);

	it("T16: tells that NVIDIA's driver is not loaded, where the machine says so", async () => {
		const paths = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"];
		engine().df = { exitCode: 2, stdout: "Welcome\n", stderr: "ls: cannot access" };
		expect(await facts(INFO)).toMatchObject({ gpu: true, driverless: true });
		expect(engine().ran).toHaveLength(1);
		for (const path of paths) {
			engine().df = { exitCode: 2, stdout: `${path}\n`, stderr: "" };
			expect(await facts(INFO)).not.toHaveProperty("driverless");
		}
		for (const exitCode of [0, 127, 255]) {
			engine().df = { exitCode, stdout: "", stderr: "no such program" };
			expect(await facts(INFO)).not.toHaveProperty("driverless");
		}
	});

	it("runs no program on the host where no role needs a GPU", async () => {
		engine().replies["GET /info"] = [200, INFO];
		expect(await host().facts({ forGpu: false })).toEqual({ platform: "linux/amd64", gpu: true, dataRoot: "/data" });
		expect(engine().ran).toEqual([]);
	});

	it("tells the time", async () => {
		engine().replies["GET /info"] = [200, { SystemTime: "2026-11-23T10:15:00.123456789+01:00" }];
		expect(await host().now()).toBe(Date.UTC(2026, 10, 23, 9, 15, 0, 123));
	});

	it("tells its free bytes, or that it does not know", async () => {
		expect(await host().freeBytes(Promise.resolve("/data"))).toBe(12_345);
		expect(engine().ran).toEqual([["sh", "df -B1 --output=avail /data\n"]]);
		engine().df = { exitCode: 1, stdout: "12345\n", stderr: "df: no such file" };
		expect(await host().freeBytes(Promise.resolve("/data"))).toBeUndefined();
		engine().df = { exitCode: 0, stdout: "Avail\n-\n", stderr: "" };
		expect(await host().freeBytes(Promise.resolve("/data"))).toBeUndefined();
	});

	it("is asked over one connection, again and again", async () => {
		for (let round = 0; round < 3; round++) await facts(INFO);
		expect(engine().connections).toBe(1);
		host().close();
		expect(engine().closed).toBe(true);
	});
});

describe("containers", () => {
	it("are listed by their labels, running or not, without those that go meanwhile", async () => {
		engine().replies["GET /containers/json"] = [200, [{ Id: "c1" }, { Id: "gone" }]];
		engine().replies["GET /containers/c1/json"] = [200, INSPECTED];
		expect(await host().containers({ "cres.project": "shop", "cres.instance": "cpu-1" })).toEqual([
			{
				...{ id: "c1", name: "shop-g1", state: "running", restarts: 2, exitCode: 7, address: null },
				...{ startedAt: Date.UTC(2026, 10, 23, 10, 15, 0, 500), labels: { "cres.project": "shop" } },
			},
		]);
		const { query } = engine().asked[0]!;
		expect(query.get("all")).toBe("true");
		expect(JSON.parse(query.get("filters")!)).toEqual({ label: ["cres.project=shop", "cres.instance=cpu-1"] });
	});

	it("are looked at while they are listed, where their name is known", async () => {
		engine().replies["GET /containers/json"] = [200, [{ Id: INSPECTED.Id }]];
		engine().replies["GET /containers/shop-g1/json"] = [200, INSPECTED];
		expect(await host().containers({}, "shop-g1")).toMatchObject([{ id: INSPECTED.Id, name: "shop-g1" }]);
		expect(
			engine()
				.asked.map(({ call }) => call)
				.toSorted(),
		).toEqual(["GET /containers/json", "GET /containers/shop-g1/json"]);
		engine().replies["GET /containers/json"] = [200, [{ Id: "c2" }]];
		engine().replies["GET /containers/c2/json"] = [200, { ...INSPECTED, Id: "c2" }];
		expect(await host().containers({}, "shop-g1")).toMatchObject([{ id: "c2" }]);
		expect(await host().containers({}, "gone")).toMatchObject([{ id: "c2" }]);
	});

	it("are named in one question, with what never changes of them", async () => {
		const labels = { "cres.project": "shop" };
		engine().replies["GET /containers/json"] = [
			200,
			[{ Id: "c1", Names: ["/shop-g1"], Labels: labels, State: "exited" }],
		];
		expect(await host().listed(labels)).toEqual([{ id: "c1", name: "shop-g1", labels }]);
		expect(engine().asked).toHaveLength(1);
		expect(engine().asked[0]!.query.get("all")).toBe("true");
	});

	it("that are gone are nothing, and a daemon that fails is an error", async () => {
		expect(await host().container("c1")).toBeUndefined();
		engine().replies["GET /containers/c1/json"] = [500, { message: "oops" }];
		await expect(host().container("c1")).rejects.toMatchObject(failed("look at a container", /oops/));
		engine().replies["GET /containers/json"] = [500, { message: "oops" }];
		await expect(host().containers({})).rejects.toMatchObject(failed("list containers", /oops/));
	});

	it("tell their environment", async () => {
		engine().replies["GET /containers/c1/json"] = [200, INSPECTED];
		expect(await host().environment("c1")).toEqual({ A: "1=2", EMPTY: "", B: "x" });
		await expect(host().environment("none")).rejects.toMatchObject(failed("tell an environment", /404/));
	});

	describe("are made", () => {
		beforeEach(() => {
			engine().replies[`GET /images/${IMAGE}/json`] = [200, { Id: "sha256:image" }];
			engine().replies["POST /containers/create"] = [201, { Id: "c1" }];
			engine().replies["GET /containers/c1/json"] = [200, INSPECTED];
		});

		it("A8: with what they need, and no more", async () => {
			expect(await host().create(SPEC)).toBe("c1");
			expect(
				engine()
					.asked.find(({ call }) => call === "POST /containers/create")!
					.query.get("name"),
			).toBe("shop-g1");
			expect(bodyOf("POST /containers/create")).toEqual({
				...{ Image: IMAGE, Env: ["A=1=2", "KEY=hush-hush"], Labels: { "cres.project": "shop" }, name: "shop-g1" },
				HostConfig: {
					...{ Init: true, RestartPolicy: { Name: "unless-stopped" } },
					...{ SecurityOpt: ["no-new-privileges"], CapDrop: ["ALL"] },
					CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"],
					LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
				},
			});
		});

		it("A8: read-only but for what the image says that it writes", async () => {
			await host().create({ ...SPEC, writes: ["/tmp"] });
			const read = { Volumes: { "/tmp": {} }, HostConfig: { ReadonlyRootfs: true, CapDrop: ["ALL"] } };
			expect(bodyOf("POST /containers/create")).toMatchObject(read);
		});

		it("with a limit of memory and every GPU", async () => {
			engine().replies["GET /info"] = [200, { Runtimes: { nvidia: {} } }];
			await host().create({ ...SPEC, memoryMb: 512, gpu: true });
			expect(bodyOf("POST /containers/create")["HostConfig"]).toMatchObject({
				Memory: 512 * 1024 * 1024,
				DeviceRequests: [{ Driver: "", Count: -1, Capabilities: [["gpu"]] }],
			});
		});

		it("T16: with every GPU that is described, without NVIDIA's runtime", async () => {
			engine().replies["GET /info"] = [
				200,
				{ DiscoveredDevices: ["nvidia.com/gpu=0", "nvidia.com/gpu=MIG-1"].map((ID) => ({ Source: "cdi", ID })) },
			];
			await host().create({ ...SPEC, gpu: true });
			expect(bodyOf("POST /containers/create")["HostConfig"]).toMatchObject({
				DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=0", "nvidia.com/gpu=MIG-1"] }],
			});
		});

		it("of that very image, or not at all", async () => {
			engine().replies["GET /containers/c1/json"] = [200, { ...INSPECTED, Image: "sha256:else" }];
			engine().replies["DELETE /containers/c1"] = [204];
			const other = failed("create a container", /the container got image sha256:else instead of sha256:image/);
			await expect(host().create(SPEC)).rejects.toMatchObject(other);
			const removed = engine().asked.find(({ call }) => call === "DELETE /containers/c1");
			expect([removed!.query.get("force"), removed!.query.get("v")]).toEqual(["true", "true"]);
		});

		it("unless the name is taken", async () => {
			engine().replies["POST /containers/create"] = [409, { message: "the name is in use" }];
			await expect(host().create(SPEC)).rejects.toMatchObject(failed("create a container", /the name is in use/));
		});
	});

	it.each([
		["start", () => host().start("c1"), "POST /containers/c1/start", [204, 304], [404, 500]],
		["stop", () => host().stop("c1", 4_500), "POST /containers/c1/stop", [204, 304, 404], [409, 500]],
		["remove", () => host().remove("c1"), "DELETE /containers/c1", [204, 404, 409], [400, 500]],
	])("%s, and it is no error when they have so already", async (what, act, call, fine, bad) => {
		for (const status of fine) {
			engine().replies[call] = [status, status >= 400 ? { message: "so already" } : undefined];
			await act();
		}
		for (const status of bad) {
			engine().replies[call] = [status, { message: "oops" }];
			await expect(act()).rejects.toMatchObject(failed(`${what} a container`, /oops/));
		}
	});

	it("get whole seconds to stop, and are removed with their volumes, running or not", async () => {
		Object.assign(engine().replies, { "POST /containers/c1/stop": [204], "DELETE /containers/c1": [204] });
		await host().stop("c1", 4_500);
		await host().remove("c1");
		const [stop, remove] = engine().asked;
		expect(stop!.query.get("t")).toBe("5");
		expect(Object.fromEntries(remove!.query)).toEqual({ force: "true", v: "true" });
	});
});

it("F71: the greeting of a login shell around what df says is not heard", async () => {
	const noise = "hello\nWelcome to Ubuntu 24.04\n 12 updates can be applied\n";
	engine().df = { exitCode: 0, stdout: `${noise}Avail\n12345\nlogout\n[screen is terminating]\n`, stderr: "" };
	expect(await host().freeBytes(Promise.resolve("/data"))).toBe(12_345);
});

it("F72: no version of the API is pinned, so that engines old and new answer", async () => {
	engine().replies["GET /info"] = [200, { OSType: "linux", Architecture: "x86_64", DockerRootDir: "/data" }];
	await host().facts();
	await host().container("c1");
	expect(engine().asked.map(({ call }) => call)).toEqual(["GET /info", "GET /containers/c1/json"]);
});

it("F73: the log of a container is kept where it can be read, whatever the daemon's log driver is", async () => {
	engine().replies["POST /containers/create"] = [201, { Id: "c1" }];
	await host()
		.create(SPEC)
		.catch(() => {});
	expect(bodyOf("POST /containers/create")["HostConfig"]).toMatchObject({ LogConfig: { Type: "json-file" } });
});
