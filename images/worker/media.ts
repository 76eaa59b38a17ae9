import { FAILURES } from "../../src/contracts/tasks.ts";

/** Base name of what yt-dlp writes into its scratch directory: `media.<extension>` and `media.info.json`. */
const MEDIA = "media";
export const INFO_FILE = `${MEDIA}.info.json`;

/** yt-dlp's exit code when --break-match-filters refused the video. */
const REFUSED_BY_FILTER = 101;

/** Downloads one video and prints the path of the file; formats in order of preference: mp4 parts, mp4 whole, anything. */
export const downloadArgs = (url: string, directory: string): string[] => [
	"--ignore-config",
	"--no-playlist",
	"--no-progress",
	"--no-cache-dir",
	"--no-simulate",
	"--no-write-playlist-metafiles",
	"--write-info-json",
	"--clean-info-json",
	...["--js-runtimes", "node"],
	...["--break-match-filters", "!is_live"],
	...["--socket-timeout", "30"],
	...["--format", "bv*[ext=mp4]+ba[ext=m4a]/b[ext=mp4]/bv*+ba/b"],
	...["--paths", directory],
	...["--output", `${MEDIA}.%(ext)s`],
	...["--print", "after_move:filepath"],
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
	type: (typeof FAILURES)[keyof typeof FAILURES];
	message: string;
	/** False where another attempt cannot end differently. */
	retryable: boolean;
}

const FINAL: readonly [RegExp, Failure["type"]][] = [
	[/HTTP Error (404|410)/, FAILURES.notFound],
	[/Unsupported URL|is not a valid URL/, FAILURES.unsupported],
	[/downloaded file is empty|Did not get any data blocks/, FAILURES.empty],
];

/** What a failed yt-dlp run means. */
export function classifyDownload(exitCode: number | undefined, stderr: string): Failure {
	if (exitCode === REFUSED_BY_FILTER) {
		return { type: FAILURES.live, message: "the address is a live stream", retryable: false };
	}
	const message = stderr.split("\n").findLast((line) => line.startsWith("ERROR:")) ?? `yt-dlp ended with ${exitCode}`;
	const type = FINAL.find(([pattern]) => pattern.test(message))?.[1];
	return { type: type ?? FAILURES.download, message, retryable: type === undefined };
}
