import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { serve } from "./engines.ts";

const run = promisify(execFile);

/** Serves short real media, and what is none. */
export async function mediaServer(directory: string) {
	const at = (name: string) => join(directory, name);
	const ffmpeg = (...args: string[]) => run("ffmpeg", ["-v", "error", "-y", ...args]);
	const picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=2"];
	const sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"];
	await ffmpeg(...picture, ...sound, "-c:v", "mpeg4", "-c:a", "aac", at("talk.mp4"));
	await ffmpeg(...picture, "-c:v", "mpeg4", at("silent.mp4"));
	await ffmpeg(...sound, "-c:a", "libmp3lame", at("sound.mp3"));
	const still = [
		"-f",
		"lavfi",
		"-i",
		"color=size=16x16:rate=1:duration=62",
		"-f",
		"lavfi",
		"-i",
		"anullsrc=r=8000:cl=mono",
	];
	await ffmpeg(...still, "-shortest", "-c:v", "mpeg4", "-c:a", "aac", at("long.mp4"));
	// One picture in 100 seconds, and a word.
	const hours = ["-f", "lavfi", "-i", "color=size=16x16:rate=1/100:duration=10900"];
	await ffmpeg(...hours, ...sound, "-c:v", "mpeg4", "-c:a", "aac", at("hours.mp4"));
	// As a browser records: nobody comes back to write the duration.
	const piped = (name: string, format: string, ...args: string[]) =>
		run("sh", ["-c", `ffmpeg -v error "$@" -f ${format} - | cat > "$0"`, at(name), ...args]);
	await piped("live.webm", "webm", ...sound, "-c:a", "libopus");
	await piped("live-long.mkv", "matroska", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=65", "-c:a", "pcm_s16le");
	await writeFile(at("large.mp4"), Buffer.concat([await readFile(at("talk.mp4")), Buffer.alloc(4 * 2 ** 20)]));
	await writeFile(at("empty.mp4"), "");
	await writeFile(
		at("corrupt.mp4"),
		Buffer.concat([(await readFile(at("talk.mp4"))).subarray(0, 900), Buffer.alloc(4_000, 7)]),
	);
	const pages: Record<string, (origin: string) => string | Buffer> = {
		"/titled.html": (origin) =>
			page(Buffer.from("caf\xe9 \xff & <b>", "latin1"), `<video src="${origin}/talk.mp4"></video>`),
		"/list.xml": (origin) => feed(["talk.mp4", "silent.mp4"].map((name) => `${origin}/${name}`)),
		"/search": (origin) => feed(["talk.mp4", "silent.mp4", "talk.mp4"].map((name) => `${origin}/${name}`)),
		"/inside.m3u8": () => "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://169.254.169.254/a.ts\n#EXT-X-ENDLIST\n",
		"/live.m3u8": () => "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/talk.ts\n",
	};
	const server = await serve(async (request, response) => {
		const { pathname } = new URL(request.url!, "http://media");
		const type = {
			".mp4": "video/mp4",
			".mp3": "audio/mpeg",
			html: "text/html",
			".xml": "application/rss+xml",
			m3u8: "application/x-mpegURL",
			webm: "video/webm",
			mkv: "video/x-matroska",
		};
		const contentType = Object.entries(type).find(([end]) => pathname.endsWith(end))?.[1] ?? "application/rss+xml";
		const body = pages[pathname]?.(server.origin) ?? (await readFile(at(pathname.slice(1))).catch(() => undefined));
		if (pathname === "/loop.mp4") return void response.writeHead(302, { location: "/loop.mp4" }).end();
		// Nobody answers, or a byte comes now and then.
		if (pathname === "/silence.mp4") return;
		if (pathname === "/slow.mp4") return slowly(request, response);
		if (pathname === "/endless.mp4") return endlessly(request, response);
		if (pathname === "/away.mp4") return void response.writeHead(302, { location: "http://10.0.0.1/a.mp4" }).end();
		if (body === undefined) return void response.writeHead(404).end();
		response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
		response.end(request.method === "HEAD" ? undefined : body);
	});
	return server;
}

function endlessly(request: IncomingMessage, response: ServerResponse): void {
	response.writeHead(200, { "content-type": "video/mp4" }).on("error", () => {});
	if (request.method === "HEAD") return void response.end();
	const more = (): void => {
		while (response.write(Buffer.alloc(65_536)));
	};
	response.on("drain", more);
	more();
}

function slowly(request: IncomingMessage, response: ServerResponse): void {
	response.writeHead(200, { "content-type": "video/mp4", "content-length": 1_000_000 });
	if (request.method === "HEAD") return void response.end();
	response.write(Buffer.alloc(4_096));
	const timer = setInterval(() => response.write(Buffer.alloc(64)), 500);
	response.on("close", () => clearInterval(timer));
}

const page = (title: Buffer, body: string): Buffer =>
	Buffer.concat([
		Buffer.from('<html><head><meta property="og:title" content="'),
		title,
		Buffer.from(`"></head><body>${body}</body></html>`),
	]);

const feed = (addresses: string[]): string =>
	`<?xml version="1.0"?><rss version="2.0"><channel><title>List</title>${addresses
		.map((address, at) => `<item><title>Item ${at}</title><link>${address}</link></item>`)
		.join("")}</channel></rss>`;
