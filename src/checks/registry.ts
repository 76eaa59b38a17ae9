import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import type { Named, RuntimeCheck, StaticCheck } from "./triage-check.ts";

/** The checks of `cres triage` that look at files, by code. */
export const loadChecks = async (): Promise<Named<StaticCheck>[]> =>
	(await loadAll()).filter((check): check is Named<StaticCheck> => check.scope === "static");

/** Those that look at facts of the running system, by code. */
export const loadRuntimeChecks = async (): Promise<Named<RuntimeCheck>[]> =>
	(await loadAll()).filter((check): check is Named<RuntimeCheck> => check.scope === "runtime");

/** By their ids. */
type Checks = Readonly<Record<string, StaticCheck | RuntimeCheck>>;

async function loadAll(): Promise<Named<StaticCheck | RuntimeCheck>[]> {
	const checks = await (import.meta.url.endsWith(".ts") ? fromSources() : fromBuild());
	const named = Object.entries(checks).map(([id, check]) => ({ ...check, id }));
	return named.toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

/** One file of the folder is one check: its default export. */
async function fromSources(): Promise<Checks> {
	const folder = new URL("triage/", import.meta.url);
	const names = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
	const modules = names.map(async (name) => {
		const { default: check } = (await import(new URL(name, folder).href)) as { default: StaticCheck | RuntimeCheck };
		return [basename(name, ".ts"), check] as const;
	});
	return Object.fromEntries(await Promise.all(modules));
}

/** A build has them all in one file, which `scripts/bundle.js` makes of the folder. */
const fromBuild = (): Promise<Checks> =>
	import(new URL("src/checks/triage-checks.js", import.meta.url.replace(/\/dist\/.*$/s, "/dist/")).href);
