import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { AMPLE } from "../activities/ample.ts";

const WORKER = join(import.meta.dirname, "../../../images/worker");

it("A8: a download hides no bytes in a folder that the worker may not read", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-hidden-"));
	await mkdir(join(directory, "hidden"));
	await chmod(join(directory, "hidden"), 0);
	if (process.getuid!() === 0) await chown(join(directory, "hidden"), 59_001, 59_001);
	const script = `import { withinBounds } from ${JSON.stringify(join(WORKER, "bounds.ts"))};
		const job = { directory: process.argv[1], signal: new AbortController().signal };
		const { type, message } = await withinBounds(${JSON.stringify(AMPLE)}, job, async () => ({ message: "never" })).catch((error) => error);
		console.log(JSON.stringify({ type, message }));`;
	const node = [process.execPath, "--input-type=module-typescript", "-e", script, directory];
	// As the worker in a container, root without the right to read everything.
	const rights = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
	const [file, ...args] = process.getuid!() === 0 ? [...rights, ...node] : node;
	const { stdout } = await promisify(execFile)(file!, args);
	expect(JSON.parse(stdout)).toEqual({
		type: "VideoTooLarge",
		message: "a folder that the download has made may not be read: its bytes do not count",
	});
	await chmod(join(directory, "hidden"), 0o700);
	await rm(directory, { recursive: true });
});
