import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answersHttp, ensureService, startService, stopService, type Service } from "../process.ts";
import type { Part, PartContext } from "../part.ts";

const SPEECH = "One image, one digest, one proof. The worker that polls is the worker that was built.";
const FILE = "speech.mp4";

const service = ({ directory }: PartContext): Service => ({ name: "media", directory });
const script = (name: string): string =>
	fileURLToPath(new URL(`../${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

/** A web server with one short video in which somebody speaks. */
export const media: Part = {
	name: "media",
	at: ({ ports }) => `http://127.0.0.1:${ports.media}/${FILE}`,
	async up(context) {
		const directory = join(context.directory, "media");
		await makeVideo(context, directory);
		const args = [script("media-server"), String(context.ports.media), directory];
		return ensureService(
			service(context),
			() => media.status(context),
			() => startService(service(context), process.execPath, args),
		);
	},
	down: (context) => stopService(service(context)),
	status: ({ ports }) => answersHttp(`http://127.0.0.1:${ports.media}/${FILE}`),
};

/** Hands the loopback ports of the parts to the instance's containers. */
export const gateway: Part = {
	name: "gateway",
	at: ({ bridge }) => bridge.gateway,
	up(context) {
		const { ports, bridge } = context;
		const forwarded = [ports.registry, ports.temporal, ports.store, ports.media].map(String);
		const of: Service = { name: "gateway", directory: context.directory };
		const start = () => startService(of, process.execPath, [script("forwarder"), bridge.gateway, ...forwarded]);
		return ensureService(of, () => gateway.status(context), start);
	},
	down: ({ directory }) => stopService({ name: "gateway", directory }),
	status: ({ bridge, ports }) => answersHttp(`http://${bridge.gateway}:${ports.media}/${FILE}`),
};

/** The address of the video as containers reach it. */
export const speechUrl = ({ bridge, ports }: Pick<PartContext, "bridge" | "ports">): string =>
	`http://${bridge.gateway}:${ports.media}/${FILE}`;

async function makeVideo({ shell }: PartContext, directory: string): Promise<void> {
	const video = join(directory, FILE);
	if (await stat(video).catch(() => undefined)) return;
	await mkdir(directory, { recursive: true });
	const speech = join(directory, "speech.wav");
	await must(shell.run("espeak-ng", ["-w", speech, SPEECH]), "espeak-ng");
	const picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=10"];
	const codecs = ["-c:v", "mpeg4", "-c:a", "aac", "-shortest", "-metadata", "title=One image, one digest"];
	await must(shell.run("ffmpeg", ["-loglevel", "error", "-y", ...picture, "-i", speech, ...codecs, video]), "ffmpeg");
}

async function must(run: Promise<{ exitCode: number; stderr: string }>, what: string): Promise<void> {
	const { exitCode, stderr } = await run;
	if (exitCode !== 0) throw new Error(`${what} exits ${exitCode}: ${stderr.trim()}`);
}
