import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { serve } from "../../support/web-server.ts";

const run = promisify(execFile);

/** Serves short real media, and what is none. */
export async function mediaServer(directory: string) {
	await makeMedia(directory);
	await makeBroken(directory);
	const server = await serve(async (request, response) => {
		const { pathname } = new URL(request.url!, "http://media");
		const special = SPECIAL[pathname];
		if (special) return special(request, response);
		const file = join(directory, pathname.slice(1));
		const body = PAGES[pathname]?.(server.origin) ?? (await readFile(file).catch(() => undefined));
		if (body === undefined) return void response.writeHead(404).end();
		const contentType = Object.entries(TYPES).find(([end]) => pathname.endsWith(end))?.[1] ?? TYPES.xml;
		response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
		response.end(request.method === "HEAD" ? undefined : body);
	});
	return server;
}

const TYPES = {
	mp4: "video/mp4",
	mp3: "audio/mpeg",
	html: "text/html",
	xml: "application/rss+xml",
	m3u8: "application/x-mpegURL",
	webm: "video/webm",
	mkv: "video/x-matroska",
};

const PAGES: Readonly<Record<string, (origin: string) => string | Buffer>> = {
	"/titled.html": (origin) =>
		page(Buffer.from("caf\xe9 \xff & <b>", "latin1"), `<video src="${origin}/talk.mp4"></video>`),
	"/list.xml": (origin) => feed(["talk.mp4", "silent.mp4"].map((name) => `${origin}/${name}`)),
	"/search": (origin) => feed(["talk.mp4", "silent.mp4", "talk.mp4"].map((name) => `${origin}/${name}`)),
	"/inside.m3u8": () => "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://169.254.169.254/a.ts\n#EXT-X-ENDLIST\n",
	"/live.m3u8": () => "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/talk.ts\n",
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const redirect =
	(location: string): Answer =>
	(_request, response) =>
		void response.writeHead(302, { location }).end();

/** Servers that do not answer as one should. */
const SPECIAL: Readonly<Record<string, Answer>> = {
	"/loop.mp4": redirect("/loop.mp4"),
	"/away.mp4": redirect("http://10.0.0.1/a.mp4"),
	"/silence.mp4": () => {},
	"/slow.mp4": slowly,
	"/endless.mp4": endlessly,
};

const generated = (source: string): string[] => ["-f", "lavfi", "-i", source];
const AS_MP4 = ["-c:v", "mpeg4", "-c:a", "aac"];

async function makeMedia(directory: string): Promise<void> {
	const at = (name: string) => join(directory, name);
	const ffmpeg = (...args: string[]) => run("ffmpeg", ["-v", "error", "-y", ...args]);
	const picture = generated("testsrc=size=64x64:rate=5:duration=2");
	const sound = generated("sine=frequency=440:duration=2");
	await ffmpeg(...picture, ...sound, ...AS_MP4, at("talk.mp4"));
	await ffmpeg(...picture, "-c:v", "mpeg4", at("silent.mp4"));
	await ffmpeg(...sound, "-c:a", "libmp3lame", at("sound.mp3"));
	const still = [...generated("color=size=16x16:rate=1:duration=62"), ...generated("anullsrc=r=8000:cl=mono")];
	await ffmpeg(...still, "-shortest", ...AS_MP4, at("long.mp4"));
	// One picture in 100 seconds, and a word.
	const hours = generated("color=size=16x16:rate=1/100:duration=10900");
	await ffmpeg(...hours, ...sound, ...AS_MP4, at("hours.mp4"));
	// As a browser records: nobody comes back to write the duration.
	const piped = (name: string, format: string, ...args: string[]) =>
		run("sh", ["-c", `ffmpeg -v error "$@" -f ${format} - | cat > "$0"`, at(name), ...args]);
	await piped("live.webm", "webm", ...sound, "-c:a", "libopus");
	await piped("live-long.mkv", "matroska", ...generated("anullsrc=r=8000:cl=mono:d=65"), "-c:a", "pcm_s16le");
}

/** Files that are too large, empty, or no media after their first bytes. */
async function makeBroken(directory: string): Promise<void> {
	const talk = await readFile(join(directory, "talk.mp4"));
	const write = (name: string, ...parts: Buffer[]) => writeFile(join(directory, name), Buffer.concat(parts));
	await write("large.mp4", talk, Buffer.alloc(4 * 2 ** 20));
	await write("empty.mp4");
	await write("corrupt.mp4", talk.subarray(0, 900), Buffer.alloc(4_000, 7));
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
