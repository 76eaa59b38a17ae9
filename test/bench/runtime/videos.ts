import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mustRun } from "../measure.ts";
import { CLIP } from "./speech.ts";

const LENGTHS = [3, 4, 5, 6] as const;
const CLIP_SECONDS = 11;

/** Short videos behind a web server, and a feed in which a search finds them. */
export interface Videos extends AsyncDisposable {
	/** What SEARCH_URL is to be. */
	search: string;
	ids: string[];
	/** Seconds of all of them. */
	seconds: number;
}

/** Cuts `count` videos of 3 to 6 s out of the clip and serves them on a free port of `host`. */
export async function serveVideos(host: string, count: number): Promise<Videos> {
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-"));
	const cuts = Array.from({ length: count }, (_, at) => {
		const length = LENGTHS[at % LENGTHS.length]!;
		return { id: `clip-${String(at + 1).padStart(2, "0")}`, length, from: (at * 0.7) % (CLIP_SECONDS - length) };
	});
	for (const cut of cuts) await makeVideo(join(directory, `${cut.id}.mp4`), cut);
	const ids = cuts.map(({ id }) => id);
	const server = createServer((request, response) => void answer(directory, ids, request, response)).listen(0, host);
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		search: `http://${host}:${port}/search?q={query}&n={count}`,
		ids,
		seconds: cuts.reduce((sum, { length }) => sum + length, 0),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await rm(directory, { recursive: true });
		},
	};
}

async function makeVideo(
	file: string,
	{ from, length, id }: { from: number; length: number; id: string },
): Promise<void> {
	const picture = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=5"];
	const sound = ["-ss", from.toFixed(1), "-t", String(length), "-i", CLIP];
	const made = ["-c:v", "mpeg4", "-c:a", "aac", "-shortest", "-metadata", `title=${id}`];
	await mustRun("ffmpeg", ["-loglevel", "error", "-y", ...picture, ...sound, ...made, file]);
}

async function answer(directory: string, ids: readonly string[], request: IncomingMessage, response: ServerResponse) {
	const { pathname } = new URL(request.url ?? "/", "http://media");
	if (pathname === "/search") {
		const feed = feedOf(`http://${request.headers.host}`, ids);
		return void response.writeHead(200, { "content-type": "application/rss+xml" }).end(feed);
	}
	const path = join(directory, basename(pathname));
	const found = await stat(path).catch(() => undefined);
	if (!found?.isFile()) return void response.writeHead(404).end("no such file\n");
	response.writeHead(200, { "content-type": "video/mp4", "content-length": found.size });
	if (request.method === "HEAD") response.end();
	else createReadStream(path).pipe(response);
}

/** yt-dlp reads RSS 2.0 as a playlist. */
function feedOf(origin: string, ids: readonly string[]): string {
	const items = ids.map((id) => `<item><title>${id}</title><link>${origin}/${id}.mp4</link></item>`);
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>clips</title>${items.join("")}</channel></rss>`;
}
