// A plugin of esbuild: gives a CommonJS package that is imported lazily the named exports that Node gives it; esbuild's
// own chunk for it would have a default export alone.
import { createRequire, isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";

const PACKAGE = /^[@a-z]/;
const NAMESPACE = "named-exports";

export const namedExports = {
	name: NAMESPACE,
	setup({ onResolve, onLoad }) {
		onResolve({ filter: PACKAGE }, async ({ kind, path, importer, resolveDir }) => {
			if (kind !== "dynamic-import" || isBuiltin(path) || (await namesOf(path, importer)) === undefined)
				return undefined;
			return { path, namespace: NAMESPACE, pluginData: { importer, resolveDir } };
		});
		onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path, pluginData: { importer, resolveDir } }) => ({
			contents: moduleOf(path, await namesOf(path, importer)),
			resolveDir,
		}));
	},
};

/** What a CommonJS package exports by name; undefined for other packages. */
async function namesOf(path, importer) {
	const names = Object.keys(await import(fileOf(path, importer)));
	return names.includes("module.exports")
		? names.filter((name) => name !== "default" && name !== "module.exports")
		: undefined;
}

/** Where a require finds it: packages that are modules alone have no such place. */
function fileOf(path, importer) {
	try {
		return pathToFileURL(createRequire(importer).resolve(path)).href;
	} catch {
		return "data:text/javascript,";
	}
}

const moduleOf = (path, names) =>
	`const all = require(${JSON.stringify(path)});\nexport default all;\nexport const { ${names.join(", ")} } = all;\n`;
