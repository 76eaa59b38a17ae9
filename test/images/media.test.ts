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
		expect(extractAudioArgs("in.mp4", "out.wav").join(" ")).toBe(
			"-nostdin -v error -i in.mp4 -map 0:a:0 -vn -ac 1 -ar 16000 -c:a pcm_s16le out.wav",
		);
	});

	it("ask for duration and kinds of streams", () => {
		expect(probeArgs("in.mp4").join(" ")).toBe(
			"-v error -show_entries format=duration:stream=codec_type -of json in.mp4",
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

	it("quotes the last error line and judges by it alone", () => {
		const stderr = "WARNING: HTTP Error 404\nERROR: first\nERROR: Connection reset\n";
		expect(classifyDownload(1, stderr)).toEqual({
			type: "DownloadFailed",
			message: "ERROR: Connection reset",
			retryable: true,
		});
	});
});
