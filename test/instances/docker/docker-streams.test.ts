import { beforeEach, describe, expect, it } from "vitest";
import { createDockerHost } from "../../../src/instances/docker/docker-host.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { frame } from "../../support/docker-engine.ts";
import { engineOfTest } from "./engine-of-test.ts";

const IMAGE = "registry.test:5000/owner/worker@sha256:1";
const NEVER = new AbortController().signal;

const { engine, host, open } = engineOfTest();

describe("a pull", () => {
	const layer = (status: string, progressDetail = {}) => ({ id: "aaaaaaaaaaaa", status, progressDetail });
	/** The daemon pulls, and has the image then unless told. */
	const pulling = (events: readonly object[], has = true) => {
		engine().streams["POST /images/create"] = (response) => {
			if (has) engine().replies[`GET /images/${IMAGE}/json`] = [200, { Id: "i" }];
			for (const event of events) response.write(`${JSON.stringify(event)}\n`);
			response.end();
		};
	};

	it.each(["Downloaded newer image", "Image is up to date"])("is believed when its last word is %s", async (word) => {
		pulling(
			[layer("Pull complete"), { status: "Digest: sha256:1" }, { status: `Status: ${word} for ${IMAGE}` }],
			false,
		);
		await host().pull(IMAGE, () => {}, NEVER);
		expect(engine().asked.map(({ call }) => call)).toEqual(["POST /images/create"]);
	});

	it("is looked up, where an engine has another last word", async () => {
		pulling([{ status: `Status: Image is up to date for ${IMAGE}` }, layer("Download complete")]);
		await host().pull(IMAGE, () => {}, NEVER);
		expect(engine().asked.map(({ call }) => call)).toEqual(["POST /images/create", `GET /images/${IMAGE}/json`]);
	});

	it("is not needed of an image that is there", async () => {
		expect(await host().hasImage(IMAGE)).toBe(false);
		engine().replies[`GET /images/${IMAGE}/json`] = [200, { Id: "i" }];
		expect(await host().hasImage(IMAGE)).toBe(true);
	});

	it("goes by digest, and tells how far it is", async () => {
		pulling([layer("Downloading", { current: 1e6, total: 4e6 }), layer("Pull complete")]);
		const told: string[] = [];
		await host().pull(IMAGE, (line) => told.push(line), NEVER);
		expect(told).toEqual(["1.0/4.0 MB, 0 of 1 layers", "1.0/4.0 MB, 1 of 1 layers"]);
		const { query, headers } = engine().asked.find(({ call }) => call === "POST /images/create")!;
		expect(`${query.get("fromImage")}`).toContain("registry.test:5000/owner/worker");
		expect(headers["x-registry-auth"]).toBeUndefined();
	});

	it("carries the credential in its header only", async () => {
		pulling([]);
		const known = await open({ username: "ann", password: new Secret("pass-word") });
		await known.pull(IMAGE, () => {}, NEVER);
		const { headers, query } = engine().asked.find(({ call }) => call === "POST /images/create")!;
		expect(JSON.parse(Buffer.from(String(headers["x-registry-auth"]), "base64url").toString())).toEqual({
			...{ username: "ann", password: "pass-word", serveraddress: "registry.test:5000" },
		});
		expect(query.toString()).not.toContain("pass-word");
	});

	it("fails with what the daemon says on the way", async () => {
		pulling([layer("Downloading"), { error: "toomanyrequests", errorDetail: { message: "toomanyrequests" } }], false);
		const said = {
			code: "docker_failed",
			message: expect.stringContaining(`did not pull ${IMAGE}: toomanyrequests`) as string,
		};
		await expect(host().pull(IMAGE, () => {}, NEVER)).rejects.toMatchObject(said);
	});

	it.each([
		["toomanyrequests: rate limit", /wait some minutes/],
		["write /var/lib/docker/tmp/x: no space left on device", /the disk of the Docker daemon is full/],
		["unauthorized: authentication required", /refuses the login: correct REGISTRY_USERNAME/],
		["denied: requested access to the resource is denied", /refuses the login/],
		["unsupported media type application/vnd.oci.image.layer.v1.tar+zstd", /cannot read the image/],
		["not implemented: media type application/vnd.docker.distribution.manifest.v1+prettyjws (schema 1)", /cannot read/],
		["some other sentence", /docker info/],
	])("T02: that breaks off after a 200 is quoted, with what to do: %s", async (sentence, hint) => {
		const refusal = { error: sentence, errorDetail: { message: sentence } };
		pulling([layer("Downloading", { current: 1, total: 9 }), layer("Downloading", { current: 2 }), refusal], false);
		await expect(host().pull(IMAGE, () => {}, NEVER)).rejects.toMatchObject({
			code: "docker_failed",
			message: `the Docker daemon of cpu-1 did not pull ${IMAGE}: ${sentence}`,
			hint: expect.stringMatching(hint) as string,
		});
	});

	it("A16: that says the same again and again has no progress", async () => {
		engine().streams["POST /images/create"] = (response) => {
			const timer = setInterval(() => response.write(`${JSON.stringify(layer("Waiting"))}\n`), 10);
			response.on("close", () => clearInterval(timer));
		};
		const { socket, session } = engine();
		const limits = { stallMs: 150 };
		const impatient = await createDockerHost({ name: "cpu-1", socket, session, credential: undefined, limits });
		await expect(impatient.pull(IMAGE, () => {}, NEVER)).rejects.toMatchObject({
			message: expect.stringContaining(`did not pull ${IMAGE}: no progress in 0.15 s`) as string,
		});
	});

	it("fails when the image is not there after all", async () => {
		pulling([], false);
		const said = { message: expect.stringContaining("reported success, but the image is not there") as string };
		await expect(host().pull(IMAGE, () => {}, NEVER)).rejects.toMatchObject(said);
	});

	it("ends with Ctrl-C", async () => {
		const { promise, resolve } = Promise.withResolvers<void>();
		engine().streams["POST /images/create"] = (response) => {
			response.write(`${JSON.stringify(layer("Downloading"))}\n`);
			response.on("close", resolve);
		};
		const stop = new AbortController();
		const pull = host().pull(IMAGE, () => stop.abort(new Error("Ctrl-C")), stop.signal);
		await expect(pull).rejects.toMatchObject({ code: "docker_failed" });
		await promise;
	});
});

describe("a log", () => {
	const log = (...payloads: Buffer[]) => {
		engine().streams["GET /containers/c1/logs"] = (response) => {
			for (const payload of payloads) response.write(payload);
			response.end();
		};
	};

	it("gives the last lines of both streams", async () => {
		log(frame("one\ntwo\n"), frame("three\n", 2));
		expect(await Array.fromAsync(host().logs("c1", { tail: 5 }))).toEqual(["one", "two", "three"]);
		const { query } = engine().asked[0]!;
		expect(Object.fromEntries(query)).toMatchObject({ stdout: "true", stderr: "true", timestamps: "true", tail: "5" });
		expect(query.get("follow") ?? "false").toBe("false");
	});

	it("is followed until it is enough", async () => {
		engine().streams["GET /containers/c1/logs"] = (response) => void response.write(frame("one\n"));
		const stop = new AbortController();
		const lines: string[] = [];
		for await (const line of host().logs("c1", { tail: 5, follow: true, signal: stop.signal })) {
			lines.push(line);
			stop.abort();
		}
		expect(lines).toEqual(["one"]);
		expect(engine().asked[0]!.query.get("follow")).toBe("true");
	});

	it("that breaks off while it is followed is an error", async () => {
		engine().streams["GET /containers/c1/logs"] = (response) => {
			response.write(frame("one\n"));
			setImmediate(() => response.destroy());
		};
		const reading = Array.fromAsync(host().logs("c1", { tail: 5, follow: true, signal: NEVER }));
		await expect(reading).rejects.toMatchObject({ code: "docker_failed" });
	});

	it("of a container that is gone is an error", async () => {
		const reading = Array.fromAsync(host().logs("c1", { tail: 5 }));
		await expect(reading).rejects.toMatchObject({
			code: "docker_failed",
			message: expect.stringContaining("did not give a log: ") as string,
		});
	});
});

describe("a program in a container", () => {
	beforeEach(() => {
		engine().replies["POST /containers/c1/exec"] = [201, { Id: "e1" }];
		engine().replies["GET /exec/e1/json"] = [200, { ExitCode: 3 }];
	});

	it("leaves what it printed, and its exit code", async () => {
		engine().program = (connection) => connection.end(Buffer.concat([frame("out"), frame("err", 2), frame("put")]));
		const ran = await host().exec("c1", ["sh", "-c", "x"], { signal: NEVER, timeout: 5_000 });
		expect(ran).toEqual({ exitCode: 3, stdout: "output", stderr: "err" });
		expect(engine().asked[0]!.body).toEqual({
			...{ Cmd: ["sh", "-c", "x"], AttachStdin: true, AttachStdout: true, AttachStderr: true },
		});
	});

	it("ends with Ctrl-C, which closes its standard input", async () => {
		const { promise, resolve } = Promise.withResolvers<void>();
		const stop = new AbortController();
		engine().program = (connection) => {
			connection.on("end", resolve).resume();
			stop.abort(new Error("Ctrl-C"));
		};
		await expect(host().exec("c1", ["x"], { signal: stop.signal, timeout: 5_000 })).rejects.toThrow("Ctrl-C");
		await promise;
	});

	it("is not begun after Ctrl-C", async () => {
		const signal = AbortSignal.abort(new Error("Ctrl-C"));
		await expect(host().exec("c1", ["x"], { signal, timeout: 5_000 })).rejects.toThrow("Ctrl-C");
		expect(engine().asked).toEqual([]);
	});

	it("is waited for so long", async () => {
		engine().program = () => {};
		const running = host().exec("c1", ["x"], { signal: NEVER, timeout: 50 });
		await expect(running).rejects.toMatchObject({
			code: "docker_failed",
			message: expect.stringContaining("did not run a program") as string,
		});
	});
});

describe("a connection that breaks", () => {
	const LOST = { code: "connection_lost" };

	it("is what fails then, whatever was asked", async () => {
		engine().streams["GET /info"] = () => engine().lose();
		await expect(host().facts()).rejects.toMatchObject(LOST);
		await expect(host().container("c1")).rejects.toMatchObject(LOST);
		await expect(Array.fromAsync(host().logs("c1", { tail: 1 }))).rejects.toMatchObject(LOST);
	});

	it("while a log is followed, too", async () => {
		engine().streams["GET /containers/c1/logs"] = (response) => {
			response.write(frame("one\n"));
			setImmediate(() => engine().lose());
		};
		await expect(Array.fromAsync(host().logs("c1", { tail: 1, follow: true, signal: NEVER }))).rejects.toMatchObject(
			LOST,
		);
	});

	it("that cannot carry another channel says why", async () => {
		engine().session.openSocket = () => Promise.reject(new Error("(SSH) Channel open failure: open failed"));
		await expect(host().facts()).rejects.toMatchObject({
			...{ code: "docker_failed", message: expect.stringContaining("Channel open failure") as string },
		});
	});
});
