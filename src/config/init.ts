import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError, codeOf } from "../errors/errors.ts";
import { starterPerimeter } from "../perimeter/starter.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readTextIfExists } from "../system/files.ts";
import type { Shell } from "../system/shell.ts";
import { missingForBuild } from "./build-needs.ts";
import { envExampleText, projectName, repositoryOf, starterText } from "./starter.ts";

/** One file that a project needs. `path` is relative to the directory of cres.yaml. */
interface InitFile {
	path: string;
	state: "written" | "replaced" | "extended" | "kept";
}

/** What `cres init` returns under --json. */
export interface Initialized {
	/** Directory of cres.yaml. */
	directory: string;
	dryRun: boolean;
	files: InitFile[];
	/** What has to be done before `cres build --push`; empty when nothing is missing. */
	missing: string[];
	next: string[];
}

export interface InitOptions {
	/** Path of the cres.yaml to write, absolute. */
	configPath: string;
	/** Path of cres.schema.json of this installation. */
	schemaPath: string;
	/** Replace an existing cres.yaml; the other files are never replaced. */
	force: boolean;
	dryRun: boolean;
	shell: Shell;
	signal: AbortSignal;
}

const IGNORED = [".env", ".cres/"];
const NEXT = [
	"cres doctor",
	"cres control prepare",
	"cres build --push",
	"cres instance adopt NAME --host HOST --key FILE",
];

/** Writes what a project needs and is not there. @throws UserError init_failed when a file cannot be written */
export async function initProject(options: InitOptions): Promise<Initialized> {
	const directory = dirname(options.configPath);
	const files: InitFile[] = [];
	for (const { path, make } of [
		{ path: basename(options.configPath), make: () => writeConfig(options) },
		{ path: ".env", make: (file: string) => writeNew(file, envExampleText(), 0o600, options.dryRun) },
		{ path: "docs/PLAN.md", make: (file: string) => writeNew(file, "# PLAN\n", 0o644, options.dryRun) },
		{
			path: "docs/Perimeter.md",
			make: (file: string) => writeNew(file, starterPerimeter(), 0o644, options.dryRun),
		},
		{ path: ".gitignore", make: (file: string) => extendIgnored(file, options.dryRun) },
	]) {
		const state = await make(join(directory, path)).catch((error: unknown) => {
			throw writeFailed(join(directory, path), error);
		});
		files.push({ path, state });
	}
	const missing = await missingForBuild({ ...options, directory });
	return { directory, dryRun: options.dryRun, files, missing, next: NEXT };
}

/** One line a file, then the commands to go on with. */
export function renderInit({ directory, dryRun, files, missing, next }: Initialized): string {
	const lines = files.map(
		({ path, state }) => `${(dryRun && state !== "kept" ? `not ${state}` : state).padEnd(13)}${path}`,
	);
	const kept = files[0]!.state === "kept" ? [`${files[0]!.path} was there; --force replaces it`] : [];
	return [
		`in ${directory}${dryRun ? " (dry run)" : ""}`,
		...lines,
		...kept,
		...(missing.length > 0 ? ["before cres build --push:", ...missing.map((line) => `  ${line}`)] : []),
		"next:",
		...next.map((line) => `  ${line}`),
	].join("\n");
}

/**
 * Where editors find the schema: relative when cres is installed inside the project, so that the file can be
 * committed; else the address of this installation.
 */
export function schemaAddress(directory: string, schemaPath: string): string {
	const path = relative(directory, schemaPath);
	const inside = path !== "" && !path.startsWith("..") && !/^([a-z]:|[\\/])/i.test(path);
	return inside ? `./${path.split(sep).join("/")}` : pathToFileURL(schemaPath).href;
}

/** The lines of a .gitignore with those of ours that are missing; undefined when none is. */
export function withIgnored(text: string): string | undefined {
	const bare = (line: string) => line.trim().replace(/^\//, "").replace(/\/$/, "");
	const present = new Set(
		text
			.replace(/^\uFEFF/, "")
			.split("\n")
			.map(bare),
	);
	const missing = IGNORED.filter((line) => !present.has(bare(line)));
	if (missing.length === 0) return undefined;
	const end = text.includes("\r\n") ? "\r\n" : "\n";
	const separator = text === "" || text.endsWith("\n") ? "" : end;
	return `${text}${separator}${missing.map((line) => line + end).join("")}`;
}

async function writeConfig({
	configPath,
	schemaPath,
	force,
	dryRun,
	shell,
	signal,
}: InitOptions): Promise<InitFile["state"]> {
	const exists = (await readTextIfExists(configPath)) !== undefined;
	if (exists && !force) return "kept";
	const directory = dirname(configPath);
	const { repository = "owner/app", source } = repositoryOf(await originOf(shell, directory, signal)) ?? {};
	const project = projectName(basename(directory));
	const text = starterText({ schema: schemaAddress(directory, schemaPath), project, repository, source });
	if (!dryRun) await writeDurably(configPath, text);
	return exists ? "replaced" : "written";
}

async function writeNew(path: string, text: string, mode: number, dryRun: boolean): Promise<InitFile["state"]> {
	if ((await readTextIfExists(path)) !== undefined) return "kept";
	if (dryRun) return "written";
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text, { mode, flag: "wx" });
	return "written";
}

async function extendIgnored(path: string, dryRun: boolean): Promise<InitFile["state"]> {
	const before = await readTextIfExists(path);
	const after = withIgnored(before ?? "");
	if (after === undefined) return "kept";
	if (!dryRun) await writeDurably(path, after);
	return before === undefined ? "written" : "extended";
}

/** Address of the remote `origin`; empty without one, without a repository and without Git. */
async function originOf(shell: Shell, directory: string, signal: AbortSignal): Promise<string> {
	const asked = shell.run("git", ["remote", "get-url", "origin"], { cwd: directory, signal });
	const { exitCode, stdout } = await asked.catch(() => ({ exitCode: 1, stdout: "" }));
	signal.throwIfAborted();
	return exitCode === 0 ? stdout : "";
}

const writeFailed = (path: string, cause: unknown): unknown =>
	cause instanceof UserError || codeOf(cause) === undefined
		? cause
		: new UserError("init_failed", `${path} cannot be written (${codeOf(cause)})`, {
				hint: "make its directory writable for you, then run the command again; what exists is kept",
				cause,
			});
