// A plugin of esbuild: gives a CommonJS package that is imported lazily the named exports that Node gives it; esbuild's
// own chunk for it would have a default export alone.
import { isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";

const PACKAGE = /^[@a-z]/;
const NAMESPACE = "named-exports";

export const namedExports = {
	name: NAMESPACE,
	setup({ onResolve, onLoad, resolve }) {
		onResolve({ filter: PACKAGE }, async ({ kind, path, importer, resolveDir, pluginData }) => {
			if (kind !== "dynamic-import" || isBuiltin(path) || pluginData === NAMESPACE) return undefined;
			const found = await resolve(path, { kind, importer, resolveDir, pluginData: NAMESPACE });
			const names = found.errors.length > 0 || found.external ? undefined : await namesOf(found.path);
			return names && { path, namespace: NAMESPACE, pluginData: { resolveDir, names } };
		});
		onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData: { resolveDir, names } }) => ({
			contents: moduleOf(path, names),
			resolveDir,
		}));
	},
};

/** What a file of the CommonJS kind exports by name; undefined for other files. */
async function namesOf(file) {
	const names = Object.keys(await import(pathToFileURL(file).href));
	return names.includes("module.exports")
		? names.filter((name) => name !== "default" && name !== "module.exports")
		: undefined;
}

const moduleOf = (path, names) =>
	`const all = require(${JSON.stringify(path)});\nexport default all;\nexport const { ${names.join(", ")} } = all;\n`;
