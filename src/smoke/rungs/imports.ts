import { fail, ok } from "../../checks/doctor/check.ts";
import { limit, type Rung } from "../rung.ts";
import { inside } from "../world.ts";
import { redact } from "../../secrets/secret.ts";

const FIX =
	"compare images/package.json and images/whisper/requirements.txt with what is missing, then cres build --push";
const TIMEOUT_MS = 115_000;

/** Modules that load all that the programs of the image load, of both roles, and do nothing themselves. */
const MODULES = ["worker/cpu", "worker/gpu", "api/app", "models/fetch", "boot/programs", "self-test/gpu-checks"];
const PYTHON =
	"import sys; sys.path.insert(0, '/app/images/whisper'); import server, engine; engine.import_faster_whisper()";

/** Prints one line for each that cannot be loaded. */
const SCRIPT = `
const { readFileSync } = process.getBuiltinModule("node:fs"), { Script } = process.getBuiltinModule("node:vm"), { spawn } = process.getBuiltinModule("node:child_process");
const words = (error) => String(error && error.message || error).split("\\n").slice(0, 2).join(" ");
const wrong = (name) => (error) => process.stdout.write(name + ": " + words(error) + "\\n");
const python = new Promise((done) => {
	const child = spawn("/opt/whisper/bin/python", ["-c", ${JSON.stringify(PYTHON)}], { stdio: ["ignore", "ignore", "pipe"] });
	let text = "";
	child.stderr.on("data", (chunk) => (text = (text + chunk).slice(-100000)));
	child.on("error", (error) => (wrong("whisper")(error), done()));
	child.on("close", (code) => (code === 0 || wrong("whisper")(text.trim().split("\\n").at(-1)), done()));
});
(async () => {
	for (const name of ${JSON.stringify(MODULES)}) await import("/app/images/" + name + ".js").catch(wrong(name));
	try { new Script(readFileSync("/app/workflow-bundle.js", "utf8")); } catch (error) { wrong("workflow bundle")(error); }
	await python;
	process.stdout.write("done\\n", () => process.exit(0));
})();
`;

/** What the programs of both roles import is there: an image is smoked without a GPU, and its gpu programs too. */
export const imports: Rung = {
	name: "imports",
	limitMs: limit(120),
	fix: FIX,
	async run(world, { signal }) {
		const { stdout, stderr } = await inside(world, ["nice", "-n", "10", "node", "-e", SCRIPT], signal, TIMEOUT_MS);
		const lines = redact(stdout)
			.split("\n")
			.filter((line) => line !== "");
		const wrong = lines.filter((line) => line !== "done");
		if (wrong.length > 0) return fail(wrong.join("; "), FIX);
		if (!lines.includes("done")) return fail(`nothing could be imported: ${redact(stderr).trim().slice(-500)}`, FIX);
		return ok(`${MODULES.length} modules, the workflow bundle, whisper`);
	},
};
