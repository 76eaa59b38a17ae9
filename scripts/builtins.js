// A plugin of esbuild: takes Node's own modules from `process.getBuiltinModule`. An import of one reads every export that
// it has, also those that load more: `node:http` loads undici that way, which takes longer than many a command.
import { readFileSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";

/** As esbuild prints them, perhaps over several lines: `import a,{b as c}from"node:x";`, `import*as a from"node:x";`. */
const IMPORT = /(?<=^|[;}])import(?: (\w+),?)?(?:\*as (\w+) )?(?: ?\{([^}]*)\})?from"([^"]+)";/gm;

export const builtins = {
	name: "builtins",
	setup({ initialOptions: { absWorkingDir }, onEnd }) {
		onEnd(({ metafile }) => {
			for (const path of Object.keys(metafile?.outputs ?? {}).filter((one) => one.endsWith(".js"))) {
				const file = join(absWorkingDir, path);
				writeFileSync(file, withoutImports(readFileSync(file, "utf8")));
			}
		});
	},
};

/** Code without imports of Node's own modules; as many lines as before. */
export const withoutImports = (code) =>
	code.replaceAll(IMPORT, (whole, one, all, names, module) => {
		if (!isBuiltin(module)) return whole;
		const given = `process.getBuiltinModule(${JSON.stringify(module)})`;
		const listed = names === undefined ? [] : [`{${names.replaceAll(/\bas\b/g, ":").replaceAll(/(\w) :/g, "$1:")}}`];
		return `const ${[one, all, ...listed]
			.filter((name) => name !== undefined)
			.map((name) => `${name}=${given}`)
			.join()};`;
	});
