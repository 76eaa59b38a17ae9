// Run in a directory with node_modules: puts the packages that every start waits for into one file a group. A start then
// reads a handful of files instead of a thousand. What else node_modules holds and nobody needs goes.
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const GROUPS = {
	zod: ["zod", "zod/v4/core"],
	temporal: ["@temporalio/worker", "@temporalio/activity", "@temporalio/client", "@temporalio/common"],
	store: ["@aws-sdk/client-s3", "@aws-sdk/lib-storage"],
};
/** What stays as it is, with all that it depends on. */
const KEPT = [
	"execa",
	"fastify",
	"@fastify/error",
	"@fastify/swagger",
	"@fastify/swagger-ui",
	"@fastify/websocket",
	"fastify-type-provider-zod",
];
const THREAD = "@temporalio/worker/lib/workflow/workflow-worker-thread";

const modules = resolve("node_modules");
const target = join(modules, ".packed");
const require = createRequire(join(modules, "x.js"));
const targets = Object.values(GROUPS).flat();

await mkdir(target, { recursive: true });
await writeFile(join(target, "package.json"), '{"type":"module"}\n');
for (const file of ["load.js", "compile.js"]) await cp(join(import.meta.dirname, file), join(target, file));
for (const [name, packages] of Object.entries(GROUPS)) await pack(name, packages);
await cp(join(modules, "source-map/lib/mappings.wasm"), join(target, "mappings.wasm"));
await symlink("../@temporalio/core-bridge/releases", join(target, "releases"));
const stubs = await Promise.all(
	Object.entries(GROUPS).flatMap(([name, packages]) => packages.map((one) => stubOf(name, one))),
);
const kept = new Set();
for (const name of KEPT) await keep(name, modules);
await prune();
for (const { path, text } of stubs) {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
}
for (const name of targets.filter((one) => one !== "zod/v4/core"))
	await writeFile(join(modules, name, "package.json"), manifestOf(name));
await writeFile(
	join(target, "workflow-worker-thread.js"),
	`import { load } from "./load.js";\nload("temporal")["${THREAD}"]();\n`,
);

async function pack(name, packages) {
	const entries = name === "temporal" ? [...packages, THREAD] : packages;
	const contents = `module.exports = {${entries.map((one) => `${JSON.stringify(one)}: () => require (${JSON.stringify(one)})`).join(",")}};`;
	await build({
		stdin: { contents, resolveDir: modules, sourcefile: `${name}.js` },
		outfile: join(target, `${name}.cjs`),
		bundle: true,
		platform: "node",
		format: "cjs",
		target: "node24",
		minifySyntax: true,
		minifyWhitespace: true,
		charset: "ascii",
		logLevel: "error",
		plugins: [{ name: "left out", setup: leaveOut }],
	});
}

/** Workflows come to the image bundled, and messages are English. */
function leaveOut(bundling) {
	bundling.onLoad({ filter: /@temporalio\/worker\/lib\/workflow\/bundler\.js$/ }, () => ({
		contents:
			"exports.defaultWorkflowInterceptorModules = []; exports.WorkflowCodeBundler = class {}; exports.bundleWorkflowCode = () => { throw new Error('this image bundles no workflows'); };",
	}));
	bundling.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
		contents: 'export { default as en } from "./en.js";',
	}));
}

/** A module that stands for a package, with the same names. */
async function stubOf(group, name) {
	const exported = await import(
		// Which one is known here only.
		require.resolve(name)
	);
	const names = Object.keys(exported).filter(
		(key) => key !== "default" && key !== "module.exports" && /^[\w$]+$/.test(key),
	);
	const path = join(modules, name, "index.js");
	const up = "../".repeat(name.split("/").length);
	const text = [
		`import { load } from "${up}.packed/load.js";`,
		`const packed = load(${JSON.stringify(group)})[${JSON.stringify(name)}]();`,
		...names.map((key, at) => `const _${at} = packed[${JSON.stringify(key)}];`),
		`export { ${names.map((key, at) => `_${at} as ${key}`).join(", ")} };`,
		"export default packed.default ?? packed;",
		"",
	].join("\n");
	return { path, text };
}

function manifestOf(name) {
	const exports = { ".": "./index.js", ...(name === "zod" ? { "./v4/core": "./v4/core/index.js" } : {}) };
	return JSON.stringify({ name, type: "module", exports });
}

/** Notes a package as seen from a directory, and what it depends on. */
async function keep(name, from) {
	if (targets.includes(name)) return;
	const path = await find(name, from);
	if (path === undefined || kept.has(path)) return;
	kept.add(path);
	const { dependencies = {} } = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
	for (const dependency of Object.keys(dependencies)) await keep(dependency, path);
}

async function find(name, from) {
	for (let at = from; ; at = dirname(at)) {
		const path = at.endsWith("node_modules") ? join(at, name) : join(at, "node_modules", name);
		if (
			await readFile(join(path, "package.json")).then(
				() => true,
				() => false,
			)
		)
			return path;
		if (at === dirname(modules)) return undefined;
	}
}

async function prune() {
	const bridge = join(modules, "@temporalio/core-bridge");
	for (const entry of await readdir(modules)) {
		const paths = entry.startsWith("@")
			? (await readdir(join(modules, entry))).map((one) => join(modules, entry, one))
			: [join(modules, entry)];
		for (const path of paths) {
			if (path === target || path === bridge || [...kept].some((one) => one === path || one.startsWith(`${path}/`)))
				continue;
			await rm(path, { recursive: true });
		}
	}
	for (const entry of await readdir(bridge))
		if (entry !== "releases") await rm(join(bridge, entry), { recursive: true });
}
