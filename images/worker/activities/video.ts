import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { z } from "zod";
import { DIRECT_QUERY, videoKeys } from "../../../src/contracts/objects.ts";
import {
	FAILURES,
	type VideoInput,
	type VideoResult,
	videoInputSchema,
	videoResultSchema,
} from "../../../src/contracts/tasks.ts";
import { heartbeat } from "../heartbeat.ts";
import { classifyDownload, downloadArgs, extractAudioArgs, INFO_FILE, probeArgs } from "../media.ts";
import type { ProgramOptions, RunProgram } from "../program.ts";
import type { Store } from "../store.ts";

export interface VideoDependencies {
	store: Store;
	run: RunProgram;
	/** Where each attempt makes its own directory, which it always removes. */
	scratchRoot: string;
	/** Identity of the worker, named in the result. */
	worker: string;
}

export type VideoActivities = ReturnType<typeof createVideoActivities>;

const infoSchema = z.object({ id: z.string().min(1), title: z.string() });

const probeSchema = z.object({
	format: z.object({ duration: z.coerce.number().nonnegative() }),
	streams: z.array(z.object({ codec_type: z.string().optional() })),
});

/** The activities of one video. Download, extraction and upload are one activity because files stay on one worker. */
export const createVideoActivities = (dependencies: VideoDependencies) => ({
	async download_video(input: VideoInput): Promise<VideoResult> {
		const { url, query = DIRECT_QUERY } = checkInput(input);
		const directory = await mkdtemp(join(dependencies.scratchRoot, "video-"));
		const beat = heartbeat(directory);
		try {
			const work = { directory, signal: Context.current().cancellationSignal };
			beat.stage = "download";
			const download = await fetchVideo(dependencies.run, url, work);
			beat.stage = "extract audio";
			const media = await extractAudio(dependencies.run, download.file, work);
			beat.stage = "store";
			const { store, worker } = dependencies;
			const stored = await storeAll(store, { ...download, ...media, query }, work);
			const { id, title } = download;
			const { durationSeconds } = media;
			return videoResultSchema.parse({
				videoId: id,
				title,
				url,
				durationSeconds,
				bucket: store.bucket,
				...stored,
				worker,
			});
		} finally {
			beat.stop();
			await rm(directory, { recursive: true, force: true });
		}
	},
});

function checkInput(input: unknown): VideoInput {
	const parsed = videoInputSchema.safeParse(input);
	if (parsed.success) return parsed.data;
	throw ApplicationFailure.nonRetryable(z.prettifyError(parsed.error), FAILURES.input);
}

interface Download {
	id: string;
	title: string;
	file: string;
}

async function fetchVideo(run: RunProgram, url: string, options: ProgramOptions): Promise<Download> {
	const { exitCode, stdout, stderr } = await run("yt-dlp", downloadArgs(url, options.directory), options);
	if (exitCode !== 0) {
		const { message, type, retryable } = classifyDownload(exitCode, stderr);
		throw ApplicationFailure.create({ message, type, nonRetryable: !retryable });
	}
	const file = stdout.trim().split("\n").at(-1) ?? "";
	if ((await stat(file)).size === 0) throw ApplicationFailure.nonRetryable("the video is empty", FAILURES.empty);
	const info = infoSchema.parse(JSON.parse(await readFile(join(options.directory, INFO_FILE), "utf8")));
	return { ...info, file };
}

async function extractAudio(run: RunProgram, video: string, options: ProgramOptions) {
	const probe = probeSchema.parse(JSON.parse(await must(run("ffprobe", probeArgs(video), options))));
	if (!probe.streams.some((stream) => stream.codec_type === "audio")) {
		throw ApplicationFailure.nonRetryable("the video has no audio stream", FAILURES.noAudio);
	}
	const audio = join(options.directory, "audio.wav");
	await must(run("ffmpeg", extractAudioArgs(video, audio), options));
	return { audio, durationSeconds: probe.format.duration };
}

async function must(running: ReturnType<RunProgram>): Promise<string> {
	const { exitCode, stdout, stderr } = await running;
	if (exitCode === 0) return stdout;
	throw ApplicationFailure.retryable(stderr.trim().slice(-500) || `ended with ${exitCode}`, FAILURES.processing);
}

async function storeAll(
	store: Store,
	{ query, title, id, file, audio }: Download & { query: string; audio: string },
	{ directory, signal }: ProgramOptions,
) {
	const extension = extname(file).slice(1);
	const keys = videoKeys(query, title, id, extension);
	return {
		video: await store.putFile(keys.video, file, `video/${extension}`, signal),
		audio: await store.putFile(keys.audio, audio, "audio/wav", signal),
		info: await store.putFile(keys.info, join(directory, INFO_FILE), "application/json", signal),
	};
}
