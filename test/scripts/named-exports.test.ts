import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { namedExports } from "../../scripts/named-exports.js";
import { root } from "../support/cres.ts";

/** Packages of both kinds, and one that is of one kind for `import` and of the other for `require`. */
const LAZY = { bcryptjs: "hash", ssh2: "Client", listr2: "Listr", "tar-stream": "pack", execa: "execa" };

it("keeps the names of what is imported lazily, whatever kind the package is of", async () => {
	const directory = await mkdtemp(join(root, "node_modules", ".bundle-"));
	try {
		const lines = Object.entries(LAZY).map(([name, key]) => `(await import("${name}"))["${key}"]`);
		await writeFile(
			join(directory, "entry.js"),
			`export const kinds = async () => [${lines.join(", ")}].map((one) => typeof one);`,
		);
		await build({
			entryPoints: [join(directory, "entry.js")],
			...{ outdir: join(directory, "out"), bundle: true, splitting: true, format: "esm", platform: "node" },
			...{ external: ["cpu-features", "*.node"], plugins: [namedExports], logLevel: "silent" },
			banner: {
				js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname, __filename = import.meta.filename;',
			},
		});
		const { kinds } = (await import(pathToFileURL(join(directory, "out", "entry.js")).href)) as {
			kinds: () => Promise<string[]>;
		};
		expect(await kinds()).toEqual(Object.keys(LAZY).map(() => "function"));
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
});
