// Takes Node's own modules from `process.getBuiltinModule`. An import of one reads every export that it has, also those that
// load more: `node:http` loads undici that way, which takes longer than many a command.
import { isBuiltin } from "node:module";

/** As esbuild and tsc print them, perhaps over several lines: `import a,{b as c}from"node:x";`, `import * as a from "node:x";`. */
const IMPORT = /(?<=^|[;}])import\b(?: (\w+)\b,?)? ?(?:\* ?as (\w+) )?(?:\{([^}]*)\} ?)?from ?"([^"]+)";/gm;

/** Code without imports of Node's own modules; as many lines as before. */
export const withoutImports = (code) =>
	code.replaceAll(IMPORT, (whole, one, all, names, module) => {
		if (!isBuiltin(module)) return whole;
		const given = `globalThis.process.getBuiltinModule(${JSON.stringify(module)})`;
		const listed = names === undefined ? [] : [`{${names.replaceAll(/\bas\b/g, ":").replaceAll(/(\w) :/g, "$1:")}}`];
		return `const ${[one, all, ...listed]
			.filter((name) => name !== undefined)
			.map((name) => `${name}=${given}`)
			.join()};`;
	});
