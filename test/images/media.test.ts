import { describe, expect, it } from "vitest";
import { classifyDownload, downloadArgs, extractAudioArgs, probeArgs } from "../../images/worker/media.ts";

describe("arguments", () => {
	it("keep the address behind the end of options", () => {
		expect(downloadArgs("http://media.test/a.mp4", "/scratch").slice(-4)).toEqual([
			"--print",
			"after_move:filepath",
			"--",
			"http://media.test/a.mp4",
		]);
	});

	it("make 16 kHz mono 16-bit wav of the first audio stream", () => {
		expect(extractAudioArgs("in.mp4", "out.wav", 600).join(" ")).toBe(
			"-nostdin -v error -protocol_whitelist file -i in.mp4 -map 0:a:0 -vn -ac 1 -ar 16000 -c:a pcm_s16le -t 600 out.wav",
		);
	});

	it("ask for duration and kinds of streams", () => {
		expect(probeArgs("in.mp4").join(" ")).toBe(
			"-v error -protocol_whitelist file -show_entries format=duration:stream=codec_type -of json in.mp4",
		);
	});
});

describe("classifyDownload", () => {
	const rows: [string, number | undefined, string, string, boolean][] = [
		["gone", 1, "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found", "VideoNotFound", false],
		["not a video", 1, "ERROR: Unsupported URL: http://media.test/", "VideoUnsupported", false],
		["not an address", 1, "ERROR: [generic] 'x' is not a valid URL", "VideoUnsupported", false],
		["empty", 1, "ERROR: The downloaded file is empty", "VideoEmpty", false],
		["empty, other wording", 1, "ERROR: Did not get any data blocks", "VideoEmpty", false],
		["live", 101, "", "VideoIsLive", false],
		["server trouble", 1, "ERROR: HTTP Error 503: Service Unavailable", "DownloadFailed", true],
		["killed", undefined, "", "DownloadFailed", true],
	];

	it.each(rows)("%s", (_name, exitCode, stderr, type, retryable) => {
		expect(classifyDownload(exitCode, stderr)).toMatchObject({ type, retryable });
	});

	it.each<[string, string, boolean]>([
		["[youtube] xyz: Private video. Sign in if you've been granted access to this video", "VideoPrivate", false],
		["[youtube] xyz: Video unavailable. This video is private", "VideoPrivate", false],
		[
			"[youtube] xyz: Join this channel to get access to members-only content like this video",
			"VideoMembersOnly",
			false,
		],
		["[youtube] xyz: This video is available to this channel's members on level: Fan", "VideoMembersOnly", false],
		["[youtube] xyz: This video requires payment to watch", "VideoMembersOnly", false],
		[
			"[youtube] xyz: Sign in to confirm your age. This video may be inappropriate for some users.",
			"VideoAgeRestricted",
			false,
		],
		[
			"[youtube] xyz: Video unavailable. The uploader has not made this video available in your country",
			"VideoGeoBlocked",
			false,
		],
		["[bbc] xyz: This video is not available from your location due to geo restriction", "VideoGeoBlocked", false],
		["[generic] Unable to download webpage: HTTP Error 451: Unavailable For Legal Reasons", "VideoGeoBlocked", false],
		["[youtube] xyz: Video unavailable. This video has been removed by the uploader", "VideoRemoved", false],
		[
			"[youtube] xyz: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.",
			"VideoRemoved",
			false,
		],
		["[youtube] xyz: Video unavailable", "VideoRemoved", false],
		["[youtube] xyz: Premieres in 3 hours", "VideoUpcoming", false],
		["[youtube] xyz: This live event will begin in 20 minutes.", "VideoUpcoming", false],
		["[vimeo] 1: This video is DRM protected", "VideoUnsupported", false],
		["[vimeo] 1: This video is protected by a password, use the --video-password option", "VideoPrivate", false],
		["[vimeo] 1: Wrong video password", "VideoPrivate", false],
		["[vimeo] 1: The web client only works when logged-in. Use --cookies", "VideoPrivate", false],
		["[x] Unable to download webpage: HTTP Error 401: Unauthorized", "VideoPrivate", false],
		["[x] Unable to download webpage: HTTP Error 402: Payment Required", "VideoMembersOnly", false],
		["[instagram] a: You need to log in to access this content", "VideoPrivate", false],
		["[youtube] xyz: This live stream recording is not available.", "VideoUnsupported", false],
		["[youtube:tab] PL1: YouTube said: The playlist does not exist.", "VideoRemoved", false],
		["[twitter] 1: No video could be found in this tweet", "VideoNotFound", false],
		["[twitter] 1: Suspended: this account has been suspended", "VideoRemoved", false],
		["[TikTok] 1: Your IP address is blocked from accessing this post", "VideoGeoBlocked", false],
		["unable to open for writing: [Errno 36] File name too long: 'x.mp4'", "VideoUnsupported", false],
		["[generic] <urlopen error [Errno 104] Connection reset by peer>", "DownloadFailed", true],
		["[x] Temporary failure in name resolution", "DownloadFailed", true],
		["[youtube] xyz: Video unavailable. This content isn't available, try again later.", "DownloadFailed", true],
		["[youtube] xyz: Sign in to confirm you're not a bot", "DownloadFailed", true],
		["unable to download video data: HTTP Error 403: Forbidden", "DownloadFailed", true],
		["[youtube] xyz: Unable to download webpage: HTTP Error 429: Too Many Requests", "DownloadFailed", true],
		["[generic] Unable to download webpage: The read operation timed out", "DownloadFailed", true],
	])("T22: ERROR: %s", (text, type, retryable) => {
		expect(classifyDownload(1, `WARNING: x\nERROR: ${text}\n`)).toMatchObject({ type, retryable });
	});

	it("M66: cuts what a site says to what a history can bear", () => {
		expect(classifyDownload(1, `ERROR: ${"x".repeat(3_000_000)}`).message).toHaveLength(500);
	});

	it("quotes the last error line and judges by it alone", () => {
		const stderr = "WARNING: HTTP Error 404\nERROR: first\nERROR: Connection reset\n";
		expect(classifyDownload(1, stderr)).toEqual({
			type: "DownloadFailed",
			message: "ERROR: Connection reset",
			retryable: true,
		});
	});
});
