import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import type { Named, StaticCheck } from "./triage-check.ts";

/** One file of this folder is one check: its default export. */
const FOLDER = import.meta.url.endsWith(".ts")
	? new URL("triage/", import.meta.url)
	: new URL("src/checks/triage/", import.meta.url.replace(/\/dist\/.*$/s, "/dist/"));

/** The checks of `cres triage`, by code. */
export async function loadChecks(): Promise<Named<StaticCheck>[]> {
	const names = (await readdir(FOLDER)).filter((name) => /\.[jt]s$/.test(name));
	const modules = names.map(async (name) => {
		const { default: check } = (await import(new URL(name, FOLDER).href)) as { default: StaticCheck };
		return { ...check, id: basename(name).replace(/\.[jt]s$/, "") };
	});
	return (await Promise.all(modules)).toSorted((a, b) => (a.code < b.code ? -1 : 1));
}
