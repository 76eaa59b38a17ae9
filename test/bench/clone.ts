import { appendFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "./measure.ts";

/** Sources of the payload and a line of each that may be changed without changing what it does. */
const CHANGEABLE = {
	activity: "images/worker/activities/video.ts",
	workflow: "images/worker/workflows/video-processing.ts",
} as const;

/** A copy of the project's last commit in which code is changed and committed. */
export interface Clone {
	directory: string;
	/** Adds one line of code that has never been there before, and commits it. */
	change: (what: keyof typeof CHANGEABLE) => Promise<void>;
}

/** Runs `work` with a temporary clone of the project that shares its packages. */
export async function withClone<T>(root: string, work: (clone: Clone) => Promise<T>): Promise<T> {
	const parent = await mkdtemp(join(tmpdir(), "cres-clone-"));
	const directory = join(parent, "tree");
	try {
		await mustRun("git", ["clone", "--quiet", root, directory]);
		for (const packages of ["node_modules", "images/node_modules"])
			await symlink(join(root, packages), join(directory, packages));
		await appendFile(join(directory, ".git/info/exclude"), "node_modules\n");
		return await work({ directory, change: (what) => change(directory, CHANGEABLE[what]) });
	} finally {
		await rm(parent, { recursive: true, force: true });
	}
}

async function change(directory: string, path: string): Promise<void> {
	const file = join(directory, path);
	const line = `\nexport const changedAt = ${process.hrtime.bigint()}n;\n`;
	const text = (await readFile(file, "utf8")).replace(/\nexport const changedAt = \d+n;\n/, "");
	await writeFile(file, text + line);
	const who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"];
	await mustRun("git", [...who, "commit", "--quiet", "--all", "--message", `Change ${path}`], { cwd: directory });
}
