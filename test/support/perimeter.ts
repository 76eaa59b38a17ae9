import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { down, up, type Perimeter } from "../../rehearsal/perimeter.ts";
import { anyBaseImage } from "../../rehearsal/parts/registry.ts";
import { VAST_TIME_FACTOR, loginOf, vastApiKey, vastUrl } from "../../rehearsal/parts/vast.ts";
import type { Progress } from "../../src/system/progress.ts";
import { temporalOf, type ServedTemporal } from "./perimeter-temporal.ts";
import { ROTATED, SENTINEL } from "./store-accounts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Beside the rehearsal's own: other ports, bridge and directory. */
const OPTIONS = {
	directory: join(root, ".cres", "test-perimeter"),
	name: "test",
	portBase: 27_100,
	contextRoot: root,
	storeAccounts: [ROTATED, SENTINEL],
};

/** What tests know of the perimeter; plain data, for it travels to the workers. */
export interface TestPerimeter {
	project: string;
	baseImage: string;
	/** The video, as the instance's containers reach it. */
	speech: string;
	temporal: ServedTemporal;
	/** `endpoint` is an origin. */
	store: { endpoint: string; accessKey: string; secretKey: string };
	registry: { address: string; username: string; password: string };
	instance: { port: number; key: string; socket: string; bridge: string };
	vast: {
		url: string;
		apiKey: string;
		/** Port of the simulator's switches. */
		control: number;
		factor: number;
		/** What a contract runs that somebody rented by hand: an sshd, and nothing of cres. */
		image: string;
		/** `-u … -p … registry`, as a contract keeps it. */
		login: string;
	};
	/** Address at which containers of the instance reach the parts. */
	gateway: string;
	directory: string;
}

declare module "vitest" {
	interface ProvidedContext {
		perimeter: TestPerimeter;
	}
}

const progress: Progress = {
	step: (title, work) => {
		process.stderr.write(`perimeter: ${title}\n`);
		return work(() => {});
	},
	note: (text) => void process.stderr.write(`perimeter: ${text}\n`),
};

/** Brings one perimeter up for all test files and pushes the images into it; CRES_KEEP_PERIMETER=1 leaves it for the next run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const perimeter = await up(OPTIONS, progress);
	const { ports, credentials, bridge } = perimeter;
	await cres(perimeter, "control", "prepare");
	await cres(perimeter, "build", "--push", "--allow-dirty");
	project.provide("perimeter", {
		project: perimeter.project,
		baseImage: perimeter.baseImage,
		speech: perimeter.speech,
		temporal: temporalOf(perimeter),
		store: { endpoint: `http://127.0.0.1:${ports.store}`, ...credentials.store },
		registry: { address: `127.0.0.1:${ports.registry}`, ...credentials.registry },
		instance: {
			port: ports.ssh,
			key: join(OPTIONS.directory, "ssh", "id_ed25519"),
			socket: join(perimeter.runtimeDirectory, "docker.sock"),
			bridge: bridge.name,
		},
		vast: {
			url: vastUrl(perimeter),
			apiKey: await vastApiKey(perimeter),
			control: ports.vastControl,
			factor: VAST_TIME_FACTOR,
			image: await anyBaseImage(perimeter),
			login: loginOf(perimeter),
		},
		gateway: bridge.gateway,
		directory: OPTIONS.directory,
	});
	return async () => {
		if (process.env["CRES_KEEP_PERIMETER"] !== "1") await down(OPTIONS, progress);
	};
}

async function cres({ project, contextRoot, shell }: Perimeter, ...args: string[]): Promise<void> {
	const argv = [join(contextRoot, "bin/run.js"), ...args];
	const { exitCode } = await shell.run(process.execPath, argv, { cwd: project, onLine: (line) => progress.note(line) });
	if (exitCode !== 0) throw new Error(`cres ${args.join(" ")} exits ${exitCode} in the test perimeter`);
}
