import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "../../../images/runtime/program.ts";
import { createVideoActivities } from "../../../images/worker/activities/video.ts";
import { AMPLE } from "./ample.ts";
import { attempt } from "./attempt.ts";
import { memoryStore } from "./memory-store.ts";

/** Only root can become somebody else. */
const user = process.getuid!() === 0 ? 59_001 : undefined;
/** What a hostile site would have yt-dlp do: it looks for secrets wherever it may. */
const YT_DLP = `#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = --paths ] && cd "$2"; shift; done
{ id -u; env; cat /proc/self/environ /proc/$PPID/environ /proc/1/environ | tr '\\0' '\\n'; cat "$COOKIES"; } >media.mp4 2>&1
echo more >>cookies.txt && echo "cookies are writable" >>media.mp4
echo '{"id":"speech","title":"A speech"}' >media.info.json
echo "$PWD/media.mp4"
`;
const PROGRAMS = {
	"yt-dlp": YT_DLP,
	ffprobe: `#!/bin/sh\necho '{"format":{"duration":"9.4"},"streams":[{"codec_type":"audio"}]}'\n`,
	ffmpeg: `#!/bin/sh\nfor last in "$@"; do :; done\n{ printf RIFF; id -u; } >"$last"\n`,
};

let directory = "";
const before = process.env["PATH"]!;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-user-"));
	await chmod(directory, 0o755);
	for (const name of ["bin", "scratch"]) await mkdir(join(directory, name));
	for (const [name, text] of Object.entries(PROGRAMS))
		await writeFile(join(directory, "bin", name), text, { mode: 0o755 });
	const cookies = join(directory, "cookies.txt");
	await writeFile(cookies, "cookie\n", { mode: 0o600 });
	await chown(cookies, process.getuid!(), process.getgid!());
	process.env["PATH"] = join(directory, "bin") + delimiter + before;
});
afterAll(async () => {
	process.env["PATH"] = before;
	await rm(directory, { recursive: true });
});

it("A8: a download ends well as another user, who finds no secret and leaves no file", async () => {
	const store = memoryStore();
	const { download_video } = createVideoActivities({
		...{ store, run: runProgram, bounds: AMPLE, user, worker: "w" },
		...{ scratchRoot: join(directory, "scratch"), cookiesFile: join(directory, "cookies.txt") },
	});
	const { video, audio } = await attempt(() => download_video({ url: "http://media.test/a.mp4" }));
	const lines = store.objects.get(video.key)!.toString().split("\n");
	const own = String(user ?? process.getuid!());
	expect([lines[0], store.objects.get(audio.key)!.toString()]).toEqual([own, `RIFF${own}\n`]);
	const names = lines.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
	const allowed = [
		"HOME",
		"HTTPS_PROXY",
		"HTTP_PROXY",
		"LANG",
		"PATH",
		"PWD",
		"OLDPWD",
		"SHLVL",
		"_",
		"http_proxy",
		"https_proxy",
	];
	// As the same user, it sees what is in /proc of its parent.
	expect(user === undefined ? [] : names.filter((name) => !allowed.includes(name))).toEqual([]);
	expect(lines.filter((line) => line.includes("Permission denied")).length).toBe(user === undefined ? 0 : 2);
	expect(lines).toContain("cookies are writable");
	expect(await readdir(join(directory, "scratch"))).toEqual([]);
});

it("says what to set where a directory cannot be shared, and nothing that ends the separation", async () => {
	const script = `import { inScratch } from ${JSON.stringify(join(import.meta.dirname, "../../../images/worker/scratch.ts"))};
		await inScratch(process.argv[1], async () => {}, 59001).catch((error) => console.log(error.message));`;
	const node = [process.execPath, "--input-type=module-typescript", "-e", script, join(directory, "scratch")];
	// What root may not do on a file system of another machine.
	const [file, ...args] = user === undefined ? node : ["setpriv", "--bounding-set=-chown", ...node];
	const { stdout } = await promisify(execFile)(file!, args);
	expect(stdout).toMatch(/cres-attempt-\w+ cannot be shared with group 59001 \(EPERM\): set TMPDIR to a local disk\n$/);
	expect(await readdir(join(directory, "scratch"))).toEqual([]);
});
