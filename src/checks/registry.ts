import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import type { Named, RuntimeCheck, StaticCheck } from "./triage-check.ts";

/** One file of this folder is one check: its default export. */
const FOLDER = import.meta.url.endsWith(".ts")
	? new URL("triage/", import.meta.url)
	: new URL("src/checks/triage/", import.meta.url.replace(/\/dist\/.*$/s, "/dist/"));

/** The checks of `cres triage` that look at files, by code. */
export const loadChecks = async (): Promise<Named<StaticCheck>[]> =>
	(await loadAll()).filter((check): check is Named<StaticCheck> => check.scope === "static");

/** Those that look at facts of the running system, by code. */
export const loadRuntimeChecks = async (): Promise<Named<RuntimeCheck>[]> =>
	(await loadAll()).filter((check): check is Named<RuntimeCheck> => check.scope === "runtime");

async function loadAll(): Promise<Named<StaticCheck | RuntimeCheck>[]> {
	const names = (await readdir(FOLDER)).filter((name) => /\.[jt]s$/.test(name));
	const modules = names.map(async (name) => {
		const { default: check } = (await import(new URL(name, FOLDER).href)) as { default: StaticCheck | RuntimeCheck };
		return { ...check, id: basename(name).replace(/\.[jt]s$/, "") };
	});
	return (await Promise.all(modules)).toSorted((a, b) => (a.code < b.code ? -1 : 1));
}
