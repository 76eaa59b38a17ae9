import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { dockerBuild } from "../../src/image/docker-build.ts";
import { buildDirectory, withLogin } from "../../src/image/docker-config.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { systemShell } from "../../src/system/shell.ts";
import { ROOT } from "../support/sources.ts";

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "cres-docker-config-"));
	onTestFinished(() => void vi.unstubAllEnvs());
});
const isThere = (path: string) =>
	access(path).then(
		() => true,
		() => false,
	);

describe("T12: the client of a build", () => {
	it("has the user's logins, helpers, proxies and contexts, and one login more", async () => {
		const own = join(folder, "docker");
		await mkdir(join(own, "contexts"), { recursive: true });
		const settings = {
			auths: { "docker.io": { auth: "aHVi" }, "registry.test": { auth: "b2xk" } },
			...{ credsStore: "desktop", credHelpers: { "corp.test": "ecr-login" }, currentContext: "far" },
			proxies: { default: { httpProxy: "http://proxy.test:3128" } },
		};
		await writeFile(join(own, "config.json"), JSON.stringify(settings));
		vi.stubEnv("DOCKER_CONFIG", own);
		const client = join(folder, "client");
		const script = `#!/bin/sh
for one in "$@"; do case $one in --iidfile=*) echo sha256:1 > "\${one#--iidfile=}";; esac; done
cp "$DOCKER_CONFIG/config.json" "${folder}/seen.json"; ls "$DOCKER_CONFIG" > "${folder}/seen.txt"; echo "$DOCKER_CONFIG" > "${folder}/where"
cat > /dev/null
`;
		await writeFile(client, script, { mode: 0o755 });
		const docker = { file: client, env: {}, host: "unix:///x", context: "default", version: "29", server: "29" };
		const job = {
			...{ dockerfile: "Dockerfile", tag: "t", buildArgs: {}, labels: {}, noCache: false, caBundle: undefined },
			tar: Buffer.alloc(0),
			login: { host: "registry.test", credential: { username: "ann", password: new Secret("pass-word-1") } },
		};
		expect(await dockerBuild(systemShell, docker, job, () => {}, new AbortController().signal)).toBe("sha256:1");
		expect(JSON.parse(await readFile(join(folder, "seen.json"), "utf8"))).toEqual({
			...settings,
			auths: { ...settings.auths, "registry.test": { auth: Buffer.from("ann:pass-word-1").toString("base64") } },
			credHelpers: { "corp.test": "ecr-login", "registry.test": "" },
		});
		expect((await readFile(join(folder, "seen.txt"), "utf8")).split("\n")).toEqual(
			expect.arrayContaining(["contexts", "config.json"]),
		);
		expect(await isThere((await readFile(join(folder, "where"), "utf8")).trim())).toBe(false);
		expect(await isThere(join(own, "contexts"))).toBe(true);
	});

	it("gets a login where the user has none, or a damaged file", () => {
		for (const settings of [{}, { auths: null, credHelpers: [] }])
			expect(withLogin(settings, "r.test", "x")).toEqual({
				auths: { "r.test": { auth: "x" } },
				credHelpers: { "r.test": "" },
			});
	});
});

describe("A12: the directory of a build", () => {
	const module = join(ROOT, "src/image/docker-config.ts");
	/** A process that makes one and then ends in some way. */
	const maker = async (then: string) => {
		const code = `import(${JSON.stringify(module)}).then(async (m) => { const d = await m.buildDirectory(); console.log(d.path); ${then} })`;
		const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
		const [path] = (await once(child.stdout, "data")) as [Buffer];
		return { child, path: path.toString().trim() };
	};

	it("is its owner's alone", async () => {
		await using directory = await buildDirectory();
		expect(((await stat(directory.path)).mode & 0o777).toString(8)).toBe("700");
	});

	it("is gone when the process ends at once, as at a second Ctrl-C", async () => {
		const { child, path } = await maker("setTimeout(() => process.exit(130), 50)");
		await once(child, "exit");
		expect(await isThere(path)).toBe(false);
	});

	it("of a process that was killed is removed by the next one, and that of a live one is not", async () => {
		const [dead, live] = [await maker("setInterval(() => {}, 1000)"), await maker("setInterval(() => {}, 1000)")];
		dead.child.kill("SIGKILL");
		await once(dead.child, "exit");
		expect(await isThere(dead.path)).toBe(true);
		await (await buildDirectory())[Symbol.asyncDispose]();
		expect([await isThere(dead.path), await isThere(live.path)]).toEqual([false, true]);
		live.child.kill("SIGKILL");
		await once(live.child, "exit");
		await (await buildDirectory())[Symbol.asyncDispose]();
		expect(await isThere(live.path)).toBe(false);
	});
});
