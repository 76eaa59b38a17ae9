import { fail, ok } from "../../checks/doctor/check.ts";
import { limit, type Rung } from "../rung.ts";
import { inside } from "../world.ts";

const FIX = "compare the packages in Dockerfile.base with what the image lacks, then cres build --push";
const TIMEOUT_MS = 115_000;

/** Every program that something in the image calls, and how it tells that it works. */
const PROGRAMS: Readonly<Record<string, string>> = {
	node: "--version",
	ffmpeg: "-version",
	ffprobe: "-version",
	"yt-dlp": "--version",
	nginx: "-v",
	supervisord: "--version",
	supervisorctl: "help",
	sshd: "-V",
	"ssh-keygen": "-?",
	"llama-server": "--version",
	"/opt/whisper/bin/python": "--version",
};
/** They print their use, and end so. */
const USAGE: Readonly<Record<string, number>> = { "ssh-keygen": 1 };

const SCRIPT = [
	"PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin",
	'run() { words=$("$@" 2>&1 </dev/null); code=$?; printf "%s\\t%s\\t%s\\n" "$1" $code "$(printf %s "$words" | head -n 1 | cut -c -160)"; }',
	...Object.entries(PROGRAMS).map(([file, flag]) => `run ${file} ${flag}`),
].join("\n");

/** Every program's binary runs: its libraries are there, and the processor knows its instructions. */
export const binaries: Rung = {
	name: "binaries",
	limitMs: limit(120),
	fix: FIX,
	async run(world, { signal }) {
		const { stdout, stderr } = await inside(world, ["nice", "-n", "10", "sh", "-c", SCRIPT], signal, TIMEOUT_MS);
		const rows = stdout.split("\n").map((line) => line.split("\t"));
		const wrong = Object.keys(PROGRAMS).flatMap((file) => {
			const [, code, words = ""] = rows.find(([name]) => name === file) ?? [];
			if (code === String(USAGE[file] ?? 0)) return [];
			return [`${file} ${code === undefined ? `was not run ${stderr.trim()}` : `ends with ${code}: ${words}`}`];
		});
		return wrong.length > 0 ? fail(wrong.join("; "), FIX) : ok(`${Object.keys(PROGRAMS).length} programs run`);
	},
};
