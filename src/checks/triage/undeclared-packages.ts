import { builtinModules } from "node:module";
import { isOwnSource, isRealImport, moduleImports } from "../javascript/imports.ts";
import { isInTree, packagesFor, packagesOf } from "../javascript/packages.ts";
import { isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const BUILTIN = new Set(builtinModules);
const NAME = /^(?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/i;
/** Of a runtime or a framework, not of npm. */
const PROVIDED =
	/^(?:electron|vscode|atom|cloudflare|bun|deno|jsr|npm|virtual|astro|workbox-\w+|k6|obsidian|server-only|client-only|gulp-cli)(?::|\/|$)|^(?:@theme|@site|@docusaurus|\$app|\$env|\$lib|\$service-worker|#)/;

export default {
	code: "TS336",
	scope: "static",
	severity: "error",
	question: "Is every package that JavaScript and TypeScript code imports declared?",
	why: "What is not in package.json is there because another package brings it: the next install leaves it out.",
	example: '`import pino from "pino"` and package.json has no pino: npm install pino.',
	run(tree) {
		const files = tree
			.in("javascript")
			.filter((file) => isOwnSource(file) && !isTest(file.path) && !isSample(file.path));
		const missing = new Map<string, { name: string; manifest: SourceFile; uses: { file: SourceFile; at: number }[] }>();
		for (const file of files)
			for (const { name, manifest, at } of undeclared(tree, file)) {
				const key = `${manifest.path}\n${name}`;
				const entry = missing.get(key) ?? { name, manifest, uses: [] };
				entry.uses.push({ file, at });
				missing.set(key, entry);
			}
		const findings = [...missing.values()].map(({ name, manifest, uses }): Found => ({
			message: `${name} is imported and not declared in ${manifest.path}`,
			evidence: uses.slice(0, 5).map(({ file, at }) => file.placeAt(at)) as unknown as Found["evidence"],
			fix: { say: `npm install ${name}, where ${manifest.path} is` },
		}));
		return { looked: `${files.length} files of JavaScript and TypeScript`, findings };
	},
} satisfies StaticCheck;

function undeclared(tree: Tree, file: SourceFile): { name: string; manifest: SourceFile; at: number }[] {
	const near = packagesFor(tree, file.path).toSorted((a, b) => b.folder.length - a.folder.length);
	const [manifest] = near;
	if (manifest === undefined) return [];
	const { packages, aliases } = packagesOf(tree);
	const declared = (name: string) =>
		near.some(({ names }) => names.has(name)) || packages.some((one) => one.name === name);
	const seen = new Set<string>();
	return moduleImports(file).flatMap((one) => {
		const { specifier } = one;
		if (/^[./#]|^node:|^[a-z]+:|[!?$]/.test(specifier) || PROVIDED.test(specifier)) return [];
		const name = specifier
			.split("/")
			.slice(0, specifier.startsWith("@") ? 2 : 1)
			.join("/");
		if (
			seen.has(name) ||
			BUILTIN.has(name) ||
			!NAME.test(name) ||
			declared(name) ||
			aliases.some((alias) => specifier === alias || specifier.startsWith(alias.endsWith("/") ? alias : `${alias}/`))
		)
			return [];
		seen.add(name);
		// Types of a package may be all that there is of it.
		const types = `@types/${name.startsWith("@") ? name.slice(1).replace("/", "__") : name}`;
		if ((one.type && declared(types)) || declared(types) || isInTree(tree, specifier) || !isRealImport(file, one))
			return [];
		return [{ name, manifest: manifest.file, at: one.at }];
	});
}
