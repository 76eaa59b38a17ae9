import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { pushImage } from "../../src/image/push.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { makeProject, root, settingsFor, type Project } from "../support/cres.ts";
import { givenDigest, registryOf, reportOf, smokeThings } from "./smoke-project.ts";

const perimeter = inject("perimeter");
const MINUTES = 240_000;
const REPOSITORY = "test/smoke-servers";
const SOCKET = "/var/run/docker.sock";
const docker = new Docker({ socketPath: SOCKET });
const { address } = perimeter.registry;
const WEED = ["/weed", "server", "-dir=/tmp", "-ip.bind=0.0.0.0", "-master.volumeSizeLimitMB=64", "-volume.max=4"];

/** One image of nothing but the two servers of the perimeter, which are single files. */
async function pushServers(): Promise<string> {
	const tar = pack();
	const importing = docker.importImage(tar as never, { repo: `${address}/${REPOSITORY}`, tag: "test" });
	tar.entry({ name: "tmp/", type: "directory", mode: 0o1777 }, "");
	tar.entry({ name: "etc/passwd", mode: 0o644 }, "root:x:0:0:root:/tmp:/bin/sh\n");
	for (const name of ["temporal", "weed"]) {
		const file = join(root, ".cres/venv/bin", name);
		const { size } = await stat(file);
		await pipeline(createReadStream(file), tar.entry({ name, size, mode: 0o755 }));
	}
	tar.finalize();
	const answer = await importing;
	for await (const _ of answer) void _;
	const { username, password } = perimeter.registry;
	const credential = { username, password: new Secret(password) };
	const job = { daemon: `unix://${SOCKET}`, host: address, repository: REPOSITORY, tag: "test", credential };
	await pushImage(job, () => {}, AbortSignal.timeout(MINUTES));
	const found = await registryOf(perimeter).resolve(REPOSITORY, "test");
	return `${address}/${REPOSITORY}@${found!.digest}`;
}

let project: Project;
beforeAll(async () => {
	const servers = await pushServers();
	project = await makeProject(perimeter, "smoke-2", {
		...settingsFor(perimeter, "smoke-2"),
		smoke: {
			dependencies: {
				...{ temporal: servers, store: servers },
				temporal_command: ["/temporal", "server", "start-dev", "--headless", "--ip", "0.0.0.0"],
				store_command: [...WEED, "-s3", "-s3.port=9000"],
			},
		},
	});
}, MINUTES);
afterAll(() => rm(project.directory, { recursive: true, force: true }));

it(
	"an image passes with a Temporal behind mutual TLS and a store of its own, started for it alone",
	async () => {
		const ran = await project.cres("smoke", await givenDigest(perimeter), "--json");
		const report = reportOf(ran);
		expect(report.rungs.filter(({ status }) => status !== "ok")).toEqual([]);
		expect(report).toMatchObject({ against: "images", ok: true });
		expect(report.dependencies["temporal"]).toContain("@sha256:");
		expect(await smokeThings()).toEqual([]);
	},
	MINUTES,
);
