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
	/** Address of the HTTP proxy that all traffic must use. */
	proxy?: string | undefined;
	/** A larger file is not fetched, as far as the site tells. */
	maxBytes?: number | undefined;
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
/** ffmpeg reads some streams for yt-dlp: it keeps to what goes through the proxy. */
const THROUGH_PROXY = "ffmpeg_i:-protocol_whitelist http,https,httpproxy,tls,tcp,crypto,data";
type Access = Pick<DownloadOptions, "cookies" | "proxy">;
const accessArgs = ({ cookies, proxy }: Access): string[] => [
	...(cookies === undefined ? [] : ["--cookies", cookies]),
	...(proxy === undefined ? [] : ["--proxy", proxy, "--downloader-args", THROUGH_PROXY]),
];

/** Downloads one video and prints the path of the file; live streams, playlists and too long videos end with REFUSED_BY_FILTER. */
export const downloadArgs = (
	url: string,
	directory: string,
	{ format = FORMATS[0], maxSeconds, maxBytes, ...access }: DownloadOptions = {},
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
	...accessArgs(access),
	...(maxBytes === undefined ? [] : ["--max-filesize", String(maxBytes)]),
	...["--format", format],
	...["--paths", directory],
	...["--output", `${MEDIA}.%(ext)s`],
	...["--print", "after_move:filepath"],
	"--",
	url,
];

/** What an address is, as one JSON object on stdout, nothing downloaded. */
export const describeArgs = (url: string, access: Access = {}): string[] => [
	...COMMON,
	"--no-playlist",
	"--flat-playlist",
	"--dump-single-json",
	...accessArgs(access),
	"--",
	url,
];

/** What a search finds, one JSON object a line; `whole` asks for each video, which is slow, to know its category. */
export const searchArgs = (url: string, count: number, { whole, ...access }: Access & { whole: boolean }): string[] => [
	...COMMON,
	...(whole ? ["--ignore-errors", "--no-simulate", "--skip-download"] : ["--flat-playlist"]),
	"--dump-json",
	...["--playlist-items", `1:${count}`],
	...accessArgs(access),
	"--",
	url,
];

/** What a file names, another file or an address, is not opened. */
const FILE_ALONE = ["-protocol_whitelist", "file"];

/** Duration and kinds of streams as JSON on stdout. */
export const probeArgs = (file: string): string[] => [
	...["-v", "error"],
	...FILE_ALONE,
	...["-show_entries", "format=duration:stream=codec_type"],
	...["-of", "json"],
	file,
];

/** First audio stream, `maxSeconds` of it at most, as 16 kHz mono 16-bit wav: the form that speech recognition takes. */
export const extractAudioArgs = (video: string, audio: string, maxSeconds: number): string[] => [
	"-nostdin",
	...["-v", "error"],
	...FILE_ALONE,
	...["-i", video],
	...["-map", "0:a:0", "-vn"],
	...["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le"],
	...["-t", String(maxSeconds)],
	audio,
];

/** Seconds of such a file, from its size; its header is of no weight. */
export const secondsOfWav = (bytes: number): number => Math.max(0, bytes - 78) / 32_000;

export interface Failure {
	type: FailureType;
	message: string;
	/** False where another attempt cannot end differently. */
	retryable: boolean;
}

/** Busy, throttled or taken for a robot: what a site says so late may be otherwise soon, whatever else stands in it. */
const PASSING = /HTTP Error (403|408|425|429|5\d\d)|timed out|try again later|not a bot|Too Many Requests/i;

/** What sites say of videos that nobody gets, in yt-dlp's words and theirs; the first that matches counts. */
const FINAL: readonly [RegExp, Failure["type"]][] = [
	[/HTTP Error (404|410)/, FAILURES.notFound],
	[
		/Unsupported URL|is not a valid URL|redirect loop detected|DRM protect|file name too long|(recording|replay) is not available/i,
		FAILURES.unsupported,
	],
	[/no (video|media)( could be)?( was)? found|(there is|there's|contains?) no (video|media)/i, FAILURES.notFound],
	[/downloaded file is empty|Did not get any data blocks/, FAILURES.empty],
	[/confirm your age|age.?restricted|inappropriate for some users/i, FAILURES.ageRestricted],
	[
		/in your (country|region|location)|geo.?(restrict|block)|IP address is blocked|HTTP Error 451/i,
		FAILURES.geoBlocked,
	],
	[
		/HTTP Error 402|members.only|channel's members|join this channel|requires? (a )?(payment|purchase|subscription)|Premium members/i,
		FAILURES.membersOnly,
	],
	[
		/HTTP Error 401|private video|(video|content|post|account|playlist) is private|granted access|registered users/i,
		FAILURES.private,
	],
	[
		/log.?in (is )?required|logged.in|(log|sign) in to (view|watch|access|see)|requires authentication|protected by a password|(wrong|incorrect|invalid).{0,20} password/i,
		FAILURES.private,
	],
	[
		/premieres? (in|will)|(live event|premiere|stream) will begin|begin in a few|has not (yet )?(aired|started)/i,
		FAILURES.upcoming,
	],
	[
		/(has been|was) (removed|deleted|terminated)|removed by|no longer available|no longer exists|account .{0,80}(terminated|suspended|deactivated)/i,
		FAILURES.removed,
	],
	[
		/(video|post|content|page|media) (is |isn't )?(unavailable|not available)|(video|playlist|post|channel|user|album) does(n't| not) exist/i,
		FAILURES.removed,
	],
];

/** What a failed yt-dlp run means. */
export function classifyDownload(exitCode: number | undefined, stderr: string): Failure {
	if (exitCode === REFUSED_BY_FILTER) {
		return { type: FAILURES.live, message: "the address is a live stream", retryable: false };
	}
	const message = stderr.split("\n").findLast((line) => line.startsWith("ERROR:")) ?? `yt-dlp ended with ${exitCode}`;
	if (isDiskFull(message)) return { type: FAILURES.disk, message: cut(message), retryable: true };
	const type = PASSING.test(message) ? undefined : FINAL.find(([pattern]) => pattern.test(message))?.[1];
	return { type: type ?? FAILURES.download, message: cut(message), retryable: type === undefined };
}

/** A text of strangers that travels in the workflow's history. */
export const cut = (message: string): string => message.slice(0, 500);

const FORMAT_MISSING = /Requested format is not available|No video formats found/;

/** Whether another format may still be had. */
export const lacksFormat = (stderr: string): boolean => FORMAT_MISSING.test(stderr);

/** Whether a program that ended so could not read its input, rather than work. */
export const isCorrupt = (stderr: string): boolean =>
	/Invalid data found|moov atom not found|Error opening input|could not find codec|EBML header parsing failed/i.test(
		stderr,
	);
