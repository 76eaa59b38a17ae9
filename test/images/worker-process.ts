import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { BuildInfo } from "../../src/contracts/build-info.ts";
import { followLines, type Lines } from "./lines.ts";

const images = join(import.meta.dirname, "../../images");

export const BUILD: BuildInfo = {
	buildId: "0123456789ab",
	revision: "0".repeat(40),
	version: "0.1.0",
	created: "2026-01-02T03:04:05Z",
};

/** Stand-ins for the programs of the image: what they are told decides what they do. */
const PROGRAMS = {
	"yt-dlp": `
while [ $# -gt 1 ]; do [ "$1" = --paths ] && cd "$2"; shift; done
case $1 in
*gone*) echo "ERROR: [generic] HTTP Error 404: Not Found" >&2; exit 1 ;;
*slow*) sleep 300 ;;
*search*)
	for id in speech gone silent again; do
		echo '{"id":"'$id'","title":"'$id'","webpage_url":"http://media.test/'$id'.mp4","duration":9}'
	done
	echo '{"id":"long","webpage_url":"http://media.test/long.mp4","duration":9000}'
	echo '{"id":"live","webpage_url":"http://media.test/live.mp4","live_status":"is_live"}'
	exit ;;
esac
id=speech; case $1 in *again*) id=again ;; esac
echo '{"id":"'$id'","title":"A speech"}' >media.info.json
echo "$1" >media.mp4
echo "$PWD/media.mp4"`,
	ffprobe: `
kind=audio; grep -q silent media.mp4 && kind=video
echo '{"format":{"duration":"9.4"},"streams":[{"codec_type":"'$kind'"}]}'`,
	ffmpeg: `
printf RIFF >audio.wav`,
};

export interface WorkerProcess extends Lines {
	kill(signal: NodeJS.Signals): void;
	exit: Promise<number | null>;
	/** Where attempts make their scratch directories. */
	scratch: string;
}

interface WorkerProcessOptions {
	/** Shell scripts that stand in front of PATH, by name; an empty record lets the real programs through. */
	programs?: Readonly<Record<string, string>>;
	/** Directory for scratch directories, which is left alone at the end; absent: a new one. */
	scratch?: string;
}

/** Starts images/worker/main.ts with exactly this environment (and PATH), with stand-ins for the image's programs. */
export async function startWorker(
	environment: Record<string, string>,
	{ programs = PROGRAMS, scratch: given }: WorkerProcessOptions = {},
): Promise<WorkerProcess & AsyncDisposable> {
	const directory = await mkdtemp(join(tmpdir(), "cres-worker-"));
	const scratch = given ?? join(directory, "scratch");
	await mkdir(scratch, { recursive: true });
	await writeFile(join(directory, "build-info.json"), JSON.stringify(BUILD));
	for (const [name, script] of Object.entries(programs)) {
		await writeFile(join(directory, name), `#!/bin/sh${script}\n`, { mode: 0o755 });
	}
	const bundle = join(images, "dist/workflow/app/workflow-bundle.js");
	const args = [join(images, "worker/main.ts"), "--build-info", join(directory, "build-info.json"), "--bundle", bundle];
	const PATH = [directory, environment["PATH"] ?? process.env["PATH"]].join(delimiter);
	const env = { TMPDIR: scratch, ...environment, PATH };
	const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
	const exit = once(child, "close").then(([code]) => code as number | null);
	return {
		...followLines(child.stdout),
		kill: (signal) => child.kill(signal),
		exit,
		scratch,
		async [Symbol.asyncDispose]() {
			child.kill("SIGKILL");
			await exit;
			await rm(directory, { recursive: true });
		},
	};
}
