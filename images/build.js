// Compiles the payload into what the Dockerfile copies, one directory a layer: images/dist/{boot,programs,workflow,code}.
// Equal sources give equal bytes in any folder; what has not changed is not made again.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, glob, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { withoutImports } from "./builtins.js";

const images = import.meta.dirname;
const root = dirname(images);
const dist = join(images, "dist");

const SCRIPT = "images/etc/boot";
/** What the image holds as it stands in the tree. */
const FILES = [
	"images/etc/{after-workers,as-user,confine.py,health,in-cgroup,llama,models,own-models,owner.py,python-proxy/sitecustomize.py,spawner.py,supervisord.conf,with-variables}",
	"images/whisper/**/*.py",
	"images/self-test/speech.{ogg,txt}",
];
const CODE = [
	"images/{api,boot,models,runtime,self-test,worker}/**/*.ts",
	"images/tsconfig*.json",
	"tsconfig.json",
	...FILES,
];
await cached("boot", [SCRIPT], () => put(SCRIPT, join(dist, "boot/app/boot")));
await cached("code", CODE, compile);
await cached("workflow", ["images/worker/workflows/**/*.ts", "images/package-lock.json"], bundle);

/** Runs `make` unless dist/<name> was made from the same bytes before. */
async function cached(name, patterns, make) {
	const stamp = join(dist, "stamps", name);
	const inputs = await hash([...patterns, "src/contracts/*.ts", "images/build.js", "images/builtins.js"]);
	const last = await readFile(stamp, "utf8").catch(() => "");
	if (last === inputs && existsSync(join(dist, name))) return console.error(`${name}: unchanged`);
	await rm(stamp, { force: true });
	await rm(join(dist, name), { recursive: true, force: true });
	await make();
	await mkdir(dirname(stamp), { recursive: true });
	await writeFile(stamp, inputs);
	console.error(`${name}: built`);
}

async function hash(patterns) {
	const files = (await Array.fromAsync(glob(patterns, { cwd: root }))).sort();
	const digest = createHash("sha256");
	for (const file of files) digest.update(`${file}\0`).update(await readFile(join(root, file)));
	return digest.digest("hex");
}

async function compile() {
	const tsc = join(root, "node_modules/typescript/bin/tsc");
	await promisify(execFile)(process.execPath, [tsc, "-p", join(images, "tsconfig.build.json")]).catch((failure) => {
		throw new Error(failure.stdout || failure.message);
	});
	for await (const file of glob("code/**/*.js", { cwd: dist })) {
		const path = join(dist, file);
		await writeFile(path, withoutImports(await readFile(path, "utf8")));
	}
	await rm(join(dist, "programs"), { recursive: true, force: true });
	// A changed line of a worker shall not send the other programs along.
	await mkdir(join(dist, "programs/app/images"), { recursive: true });
	for (const name of ["api", "boot", "models", "self-test"])
		await rename(join(dist, "code/app/images", name), join(dist, "programs/app/images", name));
	for await (const file of glob(FILES, { cwd: root })) await put(file, join(dist, "programs/app", file));
}

async function put(file, target) {
	await mkdir(dirname(target), { recursive: true });
	await copyFile(join(root, file), target);
}

async function bundle() {
	const { bundleWorkflowCode, DefaultLogger } = await import("@temporalio/worker");
	const { code } = await bundleWorkflowCode({
		workflowsPath: join(images, "worker/workflows/workflows.ts"),
		logger: new DefaultLogger("WARN"),
		// Columns in the map would tell the length of this folder's path.
		webpackConfigHook: (config) => ({ ...config, context: root, devtool: "inline-cheap-module-source-map" }),
	});
	const target = join(dist, "workflow/app/workflow-bundle.js");
	await mkdir(dirname(target), { recursive: true });
	await writeFile(target, withPortableSourceMap(code));
}

/** The worker insists on an inline source map; this one names sources from the project's root and quotes none. */
function withPortableSourceMap(code) {
	const marker = "//# sourceMappingURL=data:application/json;charset=utf-8;base64,";
	const at = code.lastIndexOf(marker);
	const map = JSON.parse(Buffer.from(code.slice(at + marker.length), "base64").toString());
	const sources = map.sources.map((source) => source.replaceAll(root + sep, "").replaceAll(sep, "/"));
	const portable = JSON.stringify({ ...map, file: "workflow-bundle.js", sources, sourcesContent: undefined });
	return `${code.slice(0, at)}${marker}${Buffer.from(portable).toString("base64")}`;
}
