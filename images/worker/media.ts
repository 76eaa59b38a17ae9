import { FAILURES, type FailureType } from "../../src/contracts/task-names.ts";
import { isDiskFull } from "./failure.ts";

/** Base name of what yt-dlp writes into its scratch directory: `media.<extension>` and `media.info.json`. */
const MEDIA = "media";
export const INFO_FILE = `${MEDIA}.info.json`;

/** yt-dlp's exit code when --break-match-filters refused the video. */
export const REFUSED_BY_FILTER = 101;

/** Formats in order of preference, each tried after the one before is not to be had: mp4 parts or whole, anything, the smallest. */
export const FORMATS = ["bv*[ext=mp4]+ba[ext=m4a]/b[ext=mp4]", "bv*+ba/b", "wv*+wa/w"] as const;

export interface DownloadOptions {
	format?: (typeof FORMATS)[number];
	/** Longer videos are refused, as far as the site tells. */
	maxSeconds?: number;
	/** Path of a cookies file, which yt-dlp also writes. */
	cookies?: string | undefined;
}

const COMMON = [
	"--ignore-config",
	"--no-progress",
	"--no-cache-dir",
	"--js-runtimes",
	"node",
	"--socket-timeout",
	"30",
];
const cookiesArgs = (cookies: string | undefined): string[] => (cookies === undefined ? [] : ["--cookies", cookies]);

/** Downloads one video and prints the path of the file; live streams, playlists and too long videos end with REFUSED_BY_FILTER. */
export const downloadArgs = (
	url: string,
	directory: string,
	{ format = FORMATS[0], maxSeconds, cookies }: DownloadOptions = {},
): string[] => [
	...COMMON,
	"--no-playlist",
	"--no-simulate",
	"--no-write-playlist-metafiles",
	"--write-info-json",
	"--clean-info-json",
	"--write-thumbnail",
	...[
		"--break-match-filters",
		["!is_live", "!playlist_index", ...(maxSeconds ? [`duration<=?${maxSeconds}`] : [])].join(" & "),
	],
	...cookiesArgs(cookies),
	...["--format", format],
	...["--paths", directory],
	...["--output", `${MEDIA}.%(ext)s`],
	...["--print", "after_move:filepath"],
	"--",
	url,
];

/** What an address is, as one JSON object on stdout, nothing downloaded. */
export const describeArgs = (url: string, { cookies }: Pick<DownloadOptions, "cookies"> = {}): string[] => [
	...COMMON,
	"--no-playlist",
	"--flat-playlist",
	"--dump-single-json",
	...cookiesArgs(cookies),
	"--",
	url,
];

/** What a search finds, one JSON object a line; `whole` asks for each video, which is slow, to know its category. */
export const searchArgs = (
	url: string,
	count: number,
	{ whole, cookies }: Pick<DownloadOptions, "cookies"> & { whole: boolean },
): string[] => [
	...COMMON,
	...(whole ? ["--ignore-errors", "--no-simulate", "--skip-download"] : ["--flat-playlist"]),
	"--dump-json",
	...["--playlist-items", `1:${count}`],
	...cookiesArgs(cookies),
	"--",
	url,
];

/** Duration and kinds of streams as JSON on stdout. */
export const probeArgs = (file: string): string[] => [
	...["-v", "error"],
	...["-show_entries", "format=duration:stream=codec_type"],
	...["-of", "json"],
	file,
];

/** First audio stream as 16 kHz mono 16-bit wav: the form that speech recognition takes. */
export const extractAudioArgs = (video: string, audio: string): string[] => [
	"-nostdin",
	...["-v", "error"],
	...["-i", video],
	...["-map", "0:a:0", "-vn"],
	...["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le"],
	audio,
];

export interface Failure {
	type: FailureType;
	message: string;
	/** False where another attempt cannot end differently. */
	retryable: boolean;
}

const FINAL: readonly [RegExp, Failure["type"]][] = [
	[/HTTP Error (404|410)/, FAILURES.notFound],
	[/Unsupported URL|is not a valid URL|redirect loop detected/, FAILURES.unsupported],
	[/downloaded file is empty|Did not get any data blocks/, FAILURES.empty],
];

/** What a failed yt-dlp run means. */
export function classifyDownload(exitCode: number | undefined, stderr: string): Failure {
	if (exitCode === REFUSED_BY_FILTER) {
		return { type: FAILURES.live, message: "the address is a live stream", retryable: false };
	}
	const message = stderr.split("\n").findLast((line) => line.startsWith("ERROR:")) ?? `yt-dlp ended with ${exitCode}`;
	if (isDiskFull(message)) return { type: FAILURES.disk, message, retryable: true };
	const type = FINAL.find(([pattern]) => pattern.test(message))?.[1];
	return { type: type ?? FAILURES.download, message, retryable: type === undefined };
}

const FORMAT_MISSING = /Requested format is not available|No video formats found/;

/** Whether another format may still be had. */
export const lacksFormat = (stderr: string): boolean => FORMAT_MISSING.test(stderr);

/** Whether a program that ended so could not read its input, rather than work. */
export const isCorrupt = (stderr: string): boolean =>
	/Invalid data found|moov atom not found|Error opening input|could not find codec|EBML header parsing failed/i.test(
		stderr,
	);
