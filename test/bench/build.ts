import Docker from "dockerode";
import { layoutOf, ownPerimeter } from "../../rehearsal/part.ts";
import type { Build } from "../../src/image/build.ts";
import { withClone, type Clone } from "./clone.ts";
import { countingProxy, type CountingProxy } from "./counting-proxy.ts";
import { median, millis, say } from "./measure.ts";
import { withProject, type BenchProject } from "./project.ts";

const ROUNDS = 5;
const AIM_MS = 5_000;
const AIM_BYTES = { activity: 64 * 1024, workflow: 512 * 1024 } as const;
/** Beside the perimeter's own ports; always the same, so that the daemon knows the base image under this address. */
const PROXY_OFFSET = 19;

/** A committed one-line change of the payload: command to pushed, and what travelled to the registry. */
export async function buildBench(root: string): Promise<void> {
	const { ports, portBase } = layoutOf(ownPerimeter(root));
	const proxy = await countingProxy(ports.registry, portBase + PROXY_OFFSET);
	try {
		await withClone(root, (clone) =>
			withProject(root, { context: clone.directory, push: proxy.address }, async (project) => {
				await project.cres(["build", "--push"]);
				for (const what of ["activity", "workflow"] as const) await measure(project, clone, proxy, what);
			}),
		);
	} finally {
		await removeImages(proxy.address);
		await proxy.close();
	}
}

async function measure(
	project: BenchProject,
	clone: Clone,
	proxy: CountingProxy,
	what: keyof typeof AIM_BYTES,
): Promise<void> {
	const [times, bytes]: [number[], number[]] = [[], []];
	for (let round = -1; round < ROUNDS; round++) {
		await clone.change(what);
		proxy.taken();
		const { ms, stdout } = await project.cres(["build", "app", "--push", "--json"]);
		const [image] = (JSON.parse(stdout) as Build).images;
		if (image?.skipped !== false) throw new Error(`nothing was built: ${image?.reason}`);
		if (round < 0) continue;
		times.push(ms);
		bytes.push(proxy.taken());
	}
	say(`  ${what} code: ${millis(median(times))} from command to pushed (median of ${ROUNDS}, aim ≤ ${millis(AIM_MS)})`);
	say(
		`    ${kib(median(bytes))} sent to the registry (most ${kib(Math.max(...bytes))}, aim ≤ ${kib(AIM_BYTES[what])})`,
	);
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** What the operator's daemon keeps under the proxy's address. */
async function removeImages(address: string): Promise<void> {
	const docker = new Docker({ socketPath: "/var/run/docker.sock" });
	for (const { RepoTags } of await docker.listImages())
		for (const tag of (RepoTags ?? []).filter((one) => one.startsWith(`${address}/`)))
			await docker.getImage(tag).remove();
}
