import { writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError, codeOf } from "../errors/errors.ts";
import { asUserError } from "../errors/as-user-error.ts";
import { starterPerimeter } from "../perimeter/starter.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { isFolder, makeFolder, readTextIfExists } from "../system/files.ts";
import type { Shell } from "../system/shell.ts";
import { shellWord } from "../system/text.ts";
import { missingForBuild } from "./build-needs.ts";
import { loadConfig } from "./load.ts";
import type { Config } from "./config.ts";
import { workflowContext } from "./workflow-context.ts";
import { isSigned, missingForWorkflows, writeWorkflows } from "./workflows.ts";
import { assertOneOfName } from "./one-name.ts";
import { envExampleText, projectName, repositoryOf, starterText } from "./starter.ts";

/** One file that a project needs. `path` is relative to the directory of cres.yaml. */
interface InitFile {
	path: string;
	state: "written" | "replaced" | "extended" | "kept" | "differs";
}

/** What `cres init` returns under --json. */
export interface Initialized {
	/** Directory of cres.yaml. */
	directory: string;
	dryRun: boolean;
	files: InitFile[];
	/** What has to be done before `cres build --push`; empty when nothing is missing. */
	missing: string[];
	/** What has to be set before the workflows can run; empty without --ci. */
	github: string[];
	next: string[];
}

export interface InitOptions {
	/** Path of the cres.yaml to write, absolute. */
	configPath: string;
	/** The same as it was typed, for the next commands; undefined: the one that they find by themselves. */
	typedPath?: string | undefined;
	/** Path of cres.schema.json of this installation. */
	schemaPath: string;
	/** Directory of the workflows to write as well; undefined: none. */
	workflows: string | undefined;
	/** Replace an existing cres.yaml, or, when workflows are written, those that differ; the other files never. */
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
const nextOfCi = (config: Config | undefined) => [
	"cres doctor",
	...(config && isSigned(config) ? [] : ["cres attest keygen"]),
	"git add cres.yaml docs .gitignore .github",
];

/**
 * Writes what a project needs and is not there.
 * @throws UserError init_failed when a file cannot be written, workflows_not_at_top, workflows_context, config_twice, usage for the path of a folder (usage)
 */
export async function initProject(options: InitOptions): Promise<Initialized> {
	const { workflows: source, dryRun } = options;
	const directory = dirname(options.configPath);
	await assertOneOfName(options.configPath);
	await assertNoFolder(options.configPath);
	if (source !== undefined) {
		await assertTop(options, directory);
		await workflowContext(options.configPath, await readConfig(options));
	}
	const files = await writeStarters(options, directory);
	const missing = await missingForBuild({ ...options, directory });
	if (source === undefined) return { directory, dryRun, files, missing, github: [], next: withPath(NEXT, options) };
	const config = await readConfig(options);
	const context = await workflowContext(options.configPath, config);
	const written = await writeWorkflows({ ...options, source, directory, context }).catch((error: unknown) => {
		throw writeFailed(join(directory, ".github/workflows"), error);
	});
	const github = await missingForWorkflows(directory, config);
	return {
		directory,
		dryRun,
		files: [...files, ...written],
		missing,
		github,
		next: withPath(nextOfCi(config), options),
	};
}

async function assertNoFolder(path: string): Promise<void> {
	if (!(await isFolder(path))) return;
	throw new UserError("usage", `${path} is a directory`, {
		hint: `name the file: cres init --config ${shellWord(join(path, "cres.yaml"))}`,
	});
}

/** The commands of cres with the file that they would not find. */
const withPath = (commands: readonly string[], { typedPath }: InitOptions): string[] =>
	commands.map((one) =>
		typedPath === undefined || !one.startsWith("cres ") ? one : `${one} --config ${shellWord(typedPath)}`,
	);

async function writeStarters(options: InitOptions, directory: string): Promise<InitFile[]> {
	const { configPath, dryRun } = options;
	const files: InitFile[] = [];
	for (const { path, make } of [
		{ path: basename(configPath), make: () => writeConfig(options) },
		{ path: ".env", make: (file: string) => writeNew(file, envExampleText(), 0o600, dryRun) },
		{ path: "docs/PLAN.md", make: (file: string) => writeNew(file, "# PLAN\n", 0o644, dryRun) },
		{ path: "docs/Perimeter.md", make: (file: string) => writeNew(file, starterPerimeter(), 0o644, dryRun) },
		{ path: ".gitignore", make: (file: string) => extendIgnored(file, dryRun) },
	]) {
		const file = join(directory, path);
		const state = await make(file).catch((error: unknown) => Promise.reject(writeFailed(file, error)));
		files.push({ path, state });
	}
	return files;
}

/** Undefined where there is none, or it has faults, which the commands that follow tell. */
const readConfig = ({ configPath }: InitOptions) => loadConfig({ path: configPath }).catch(() => undefined);

/** GitHub reads workflows at the top of a repository. @throws UserError workflows_not_at_top (usage) */
async function assertTop({ shell, signal }: InitOptions, directory: string): Promise<void> {
	const asked = shell.run("git", ["rev-parse", "--show-prefix"], { cwd: directory, signal });
	const { exitCode, stdout } = await asked.catch(() => ({ exitCode: 1, stdout: "" }));
	signal.throwIfAborted();
	if (exitCode !== 0 || stdout.trim() === "") return;
	throw new UserError("workflows_not_at_top", `${directory} is ${stdout.trim()} of its repository`, {
		hint: "cres init --ci where .git is: GitHub reads workflows only there",
	});
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
	workflows,
	force,
	dryRun,
	shell,
	signal,
}: InitOptions): Promise<InitFile["state"]> {
	const exists = (await readTextIfExists(configPath)) !== undefined;
	if (exists && (!force || workflows !== undefined)) return "kept";
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
	await makeFolder(dirname(path));
	await writeFile(path, text, { mode, flag: "wx" });
	return "written";
}

async function extendIgnored(path: string, dryRun: boolean): Promise<InitFile["state"]> {
	const before = await readUtf8IfExists(path);
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

function writeFailed(path: string, cause: unknown): unknown {
	if (cause instanceof UserError || codeOf(cause) === undefined) return cause;
	const { message, hint } = asUserError(cause) ?? { message: `${path} cannot be written (${codeOf(cause)})` };
	const fix = hint ?? "make its directory writable for you, then run the command again";
	return new UserError("init_failed", message, { hint: `${fix}; what exists is kept`, cause });
}
