import { chmod, copyFile, lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { z } from "zod";
import { DIRECT_QUERY, keyId, videoKeys } from "../../../src/contracts/objects.ts";
import { BATCH_BOUNDS, FAILURES } from "../../../src/contracts/task-names.ts";
import {
	type Downloaded,
	downloadedSchema,
	storedObjectSchema,
	type VideoInput,
	videoInputSchema,
} from "../../../src/contracts/tasks.ts";
import { type Bounds, withinBounds } from "../bounds.ts";
import { checked, diskFull, final, isDiskFull, passing } from "../failure.ts";
import { type Heartbeat, heartbeat } from "../heartbeat.ts";
import {
	classifyDownload,
	cut,
	describeArgs,
	downloadArgs,
	extractAudioArgs,
	FORMATS,
	INFO_FILE,
	isCorrupt,
	lacksFormat,
	probeArgs,
	REFUSED_BY_FILTER,
	secondsOfWav,
} from "../media.ts";
import { parseJson } from "../../runtime/http.ts";
import type { ProgramOptions, RunProgram } from "../../runtime/program.ts";
import { inScratch, shareWith } from "../scratch.ts";
import type { Store } from "../store.ts";

export interface VideoDependencies {
	store: Store;
	run: RunProgram;
	/** Where each attempt makes its own directory, which it always removes. */
	scratchRoot: string;
	/** Path of a cookies file for yt-dlp; empty: none. */
	cookiesFile: string;
	/** What yt-dlp and ffmpeg may take. */
	bounds: Bounds;
	/** User id that they run as; undefined: the worker's own. */
	user: number | undefined;
	/** Identity of the worker, named in the result. */
	worker: string;
}

export type VideoActivities = ReturnType<typeof createVideoActivities>;

const infoSchema = z.object({ id: z.string().min(1), title: z.string() });

const probeSchema = z.object({
	/** A recording that was written as it came tells none, or `N/A`. */
	format: z.object({ duration: z.coerce.number().nonnegative().optional().catch(undefined) }),
	streams: z.array(z.object({ codec_type: z.string().optional() })),
});

/** What an attempt before has stored, and the whole result when it came so far. */
const doneSchema = z.object({
	stored: z.array(storedObjectSchema),
	result: downloadedSchema.optional(),
});
type Done = z.infer<typeof doneSchema>;

interface Work extends ProgramOptions {
	beat: Heartbeat<Done>;
	maxSeconds: number;
	maxBytes: number;
	cookies: string | undefined;
	proxy: string;
}

/** The activities of one video. Download, extraction and upload are one activity because files stay on one worker. */
export const createVideoActivities = (dependencies: VideoDependencies) => ({
	download_video: async (input: VideoInput): Promise<Downloaded> => {
		const asked = checked(videoInputSchema, input);
		const { store, worker, scratchRoot, user } = dependencies;
		const attempt = async (directory: string): Promise<Downloaded> => {
			const beat = heartbeat<Done>(directory);
			try {
				const before = doneSchema.safeParse(beat.before).data ?? { stored: [] };
				if (before.result) return before.result;
				const signal = Context.current().cancellationSignal;
				const made = await make(asked, dependencies, { directory, beat, signal });
				beat.enter("store");
				const { url, query = DIRECT_QUERY } = asked;
				const files = await filesOf(query, made, directory);
				await assertPlain(
					directory,
					Object.values(files).map(({ path }) => path),
				);
				const stored = await storeAll(store, files, before.stored, { beat, signal });
				const { id: videoId, title, durationSeconds } = made;
				const about = { videoId, title, url, durationSeconds, bucket: store.bucket };
				const result = downloadedSchema.parse({ ...about, ...stored, worker });
				beat.enter("stored", { stored: [], result });
				return result;
			} finally {
				beat.stop();
			}
		};
		return inScratch(scratchRoot, attempt, user);
	},
});

/** Downloads a video and extracts its sound, in the directory of the attempt. */
async function make(
	{ url, maxMinutes = BATCH_BOUNDS.maxMinutes.most }: VideoInput,
	{ run, cookiesFile, bounds, user }: VideoDependencies,
	{ directory, beat, signal }: Pick<Work, "directory" | "beat" | "signal">,
) {
	const cookies = await ownCookies(cookiesFile, directory, user);
	const limits = { maxSeconds: maxMinutes * 60, maxBytes: bounds.maxBytes };
	return withinBounds(bounds, { directory, signal }, async (bounded) => {
		const work: Work = { directory, beat, cookies, user, ...limits, ...bounded };
		beat.enter("download");
		const download = await fetchVideo(run, url, work);
		beat.enter("extract audio");
		return { ...download, ...(await extractAudio(run, download.file, work)) };
	});
}

/** A copy, because yt-dlp writes back what sites set. */
async function ownCookies(file: string, directory: string, user: number | undefined): Promise<string | undefined> {
	if (file === "") return undefined;
	const own = join(directory, "cookies.txt");
	await copyFile(file, own).catch((error: NodeJS.ErrnoException) => {
		const hint = error.code === "EACCES" ? `; chown ${process.getuid!()} ${file} lets the worker read it` : "";
		throw passing(FAILURES.download, `the cookies file cannot be read: ${error.message}${hint}`, error);
	});
	await chmod(own, 0o600); // the copy of a file that nobody may write would be one too
	if (user !== undefined) await shareWith(own, user, 0o660);
	return own;
}

interface Download {
	id: string;
	title: string;
	file: string;
}

async function fetchVideo(run: RunProgram, url: string, work: Work): Promise<Download> {
	const stdout = await downloadAnyFormat(run, url, work);
	const file = stdout.trim().split("\n").at(-1) ?? "";
	// yt-dlp then ends well, without a file.
	if (file === "") throw final(FAILURES.tooLarge, `the video has more than ${work.maxBytes / 1e6} MB`);
	await assertPlain(work.directory, [file, join(work.directory, INFO_FILE)]);
	if ((await stat(file)).size === 0) throw final(FAILURES.empty, "the video is empty");
	const info = infoSchema.safeParse(parseJson(await readFile(join(work.directory, INFO_FILE), "utf8"))).data;
	if (!info) throw passing(FAILURES.download, "yt-dlp wrote no description of the video that can be read");
	return { id: keyId(info.id), title: cut(info.title), file };
}

/** The worker reads more than the programs may: what they left is a file of the directory, and no link to another. */
async function assertPlain(directory: string, paths: readonly string[]): Promise<void> {
	for (const path of paths)
		if (dirname(path) !== directory || !(await lstat(path)).isFile())
			throw final(FAILURES.corrupt, `${basename(path)} is no file of the download`);
}

async function downloadAnyFormat(run: RunProgram, url: string, work: Work): Promise<string> {
	for (const format of FORMATS) {
		const { directory, maxSeconds, maxBytes, cookies, proxy } = work;
		const args = downloadArgs(url, directory, { format, maxSeconds, maxBytes, cookies, proxy });
		const { exitCode, stdout, stderr } = await run("yt-dlp", args, work);
		if (exitCode === 0) return stdout;
		if (exitCode === REFUSED_BY_FILTER) throw await refusal(run, url, work);
		if (lacksFormat(stderr) && format !== FORMATS.at(-1)) continue;
		const { message, type, retryable } = classifyDownload(exitCode, stderr);
		throw ApplicationFailure.create({ message, type, nonRetryable: !retryable });
	}
	throw final(FAILURES.unsupported, "no format of the video can be had");
}

const describedSchema = z.object({ _type: z.string().nullish(), duration: z.number().nullish() });

/** The filter does not say which of its conditions failed. */
async function refusal(run: RunProgram, url: string, work: Work): Promise<ApplicationFailure> {
	const { stdout } = await run("yt-dlp", describeArgs(url, work), work);
	const described = describedSchema.safeParse(parseJson(stdout)).data;
	if (described?._type === "playlist") return final(FAILURES.playlist, "the address is a playlist, not one video");
	if ((described?.duration ?? 0) > work.maxSeconds) return tooLong(described!.duration!, work);
	return final(FAILURES.live, "the address is a live stream");
}

const tooLong = (seconds: number, { maxSeconds }: Work): ApplicationFailure =>
	final(FAILURES.tooLong, `the video takes ${Math.round(seconds)} s, at most ${maxSeconds} s are taken`);

/** Seconds that are decoded beyond the limit, so that a longer video is seen as such. */
const SLACK = 2;

async function extractAudio(run: RunProgram, video: string, work: Work) {
	const alone = { ...work, proxy: undefined }; // what is here is all they need
	const probed = parseJson(await must(run("ffprobe", probeArgs(video), alone)));
	const probe = probeSchema.safeParse(probed).data;
	if (!probe) throw final(FAILURES.corrupt, "the video has no format");
	if (!probe.streams.some((stream) => stream.codec_type === "audio"))
		throw final(FAILURES.noAudio, "the video has no audio stream");
	const { duration } = probe.format;
	if (duration !== undefined && duration > work.maxSeconds) throw tooLong(duration, work);
	const audio = join(work.directory, "audio.wav");
	await must(run("ffmpeg", extractAudioArgs(video, audio, work.maxSeconds + SLACK), alone));
	const durationSeconds = duration ?? secondsOfWav((await stat(audio)).size);
	if (durationSeconds > work.maxSeconds) throw tooLong(durationSeconds, work);
	if (durationSeconds === 0)
		throw final(FAILURES.corrupt, "the video has neither a duration nor sound that can be decoded");
	return { audio, durationSeconds };
}

async function must(running: ReturnType<RunProgram>): Promise<string> {
	const { exitCode, stdout, stderr } = await running;
	if (exitCode === 0) return stdout;
	const message = stderr.trim().slice(-500) || `ended with ${exitCode}`;
	if (isDiskFull(stderr)) throw diskFull(message);
	throw isCorrupt(stderr) ? final(FAILURES.corrupt, message) : passing(FAILURES.processing, message);
}

interface LocalFile {
	key: string;
	path: string;
	contentType: string;
}

const IMAGES = ["jpg", "jpeg", "png", "webp"];

async function filesOf(query: string, { title, id, file, audio }: Download & { audio: string }, directory: string) {
	const extension = extname(file).slice(1);
	const keys = videoKeys(query, title, id, extension);
	const names = await readdir(directory);
	const image = names.find((name) => name !== basename(file) && IMAGES.includes(extname(name).slice(1)));
	const type = image && extname(image).slice(1);
	return {
		video: { key: keys.video, path: file, contentType: `video/${extension}` },
		audio: { key: keys.audio, path: audio, contentType: "audio/wav" },
		info: { key: keys.info, path: join(directory, INFO_FILE), contentType: "application/json" },
		...(type && {
			thumbnail: { key: keys.thumbnail(type), path: join(directory, image), contentType: `image/${type}` },
		}),
	} satisfies Record<string, LocalFile>;
}

/** Uploads what no attempt before has stored under the same key and in the same size. */
async function storeAll(
	store: Store,
	files: Readonly<Record<string, LocalFile>>,
	before: Done["stored"],
	{ beat, signal }: Pick<Work, "beat" | "signal">,
) {
	const stored: Done["stored"] = [];
	const entries: [string, Done["stored"][number]][] = [];
	for (const [name, { key, path, contentType }] of Object.entries(files)) {
		const { size } = await stat(path);
		const there = before.find((one) => one.key === key && one.bytes === size);
		const object = there ?? (await store.putFile(key, path, contentType, signal));
		entries.push([name, object]);
		stored.push(object);
		beat.enter(`store ${name}`, { stored: [...stored] });
	}
	return Object.fromEntries(entries);
}
