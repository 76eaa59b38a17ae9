import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Part, PartContext } from "../part.ts";
import { programFile } from "../programs.ts";
import { servicePart } from "../service-part.ts";

const SPEECH = "One image, one digest, one proof. The worker that polls is the worker that was built.";
const FILE = "speech.mp4";

const mediaDirectory = ({ directory }: PartContext): string => join(directory, "media");

const server = servicePart({
	name: "media",
	at: ({ ports }) => `http://127.0.0.1:${ports.media}/${FILE}`,
	program: (context) => ({
		file: process.execPath,
		args: [programFile("media-server"), String(context.ports.media), mediaDirectory(context)],
	}),
	status: ({ ports }) => serves(`http://127.0.0.1:${ports.media}/${FILE}`),
});

/** A web server with one short video in which somebody speaks. */
export const media: Part = {
	...server,
	async up(context, signal) {
		await makeVideo(context, mediaDirectory(context));
		return server.up(context, signal);
	},
};

/** Hands the loopback ports of the parts to the instance's containers. */
export const gateway = servicePart({
	name: "gateway",
	at: ({ bridge }) => bridge.gateway,
	program({ ports, bridge }) {
		const forwarded = [ports.registry, ports.temporal, ports.store, ports.media].map(String);
		return { file: process.execPath, args: [programFile("forwarder"), bridge.gateway, ...forwarded] };
	},
	status: (context) => serves(speechUrl(context)),
});

/** The address of the video as containers reach it. */
export const speechUrl = ({ bridge, ports }: Pick<PartContext, "bridge" | "ports">): string =>
	`http://${bridge.gateway}:${ports.media}/${FILE}`;

/** Without the bridge, another network may have the gateway's address, and a server that answers anything there. */
const serves = async (url: string): Promise<boolean> =>
	(await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(2_000) })).ok;

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
