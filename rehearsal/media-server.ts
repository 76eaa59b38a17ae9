import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/** Serves the files of one directory: `media-server PORT DIRECTORY`. */
const [port, directory] = process.argv.slice(2) as [string, string];
createServer(async (request, response) => {
	const path = join(directory, basename(new URL(request.url ?? "/", "http://media").pathname));
	const found = await stat(path).catch(() => undefined);
	if (!found?.isFile()) return void response.writeHead(404).end("no such file\n");
	response.writeHead(200, { "content-type": "video/mp4", "content-length": found.size });
	if (request.method === "HEAD") response.end();
	else createReadStream(path).pipe(response);
}).listen(Number(port), "127.0.0.1");
