import { join, posix } from "node:path";
import { z } from "zod";
import { writeDurably } from "../system/durable-files.ts";
import { readText, readTextIfExists } from "../system/files.ts";
import type { Config } from "./config.ts";

/** The workflows of cres that a project takes over. */
const WORKFLOWS = ["images", "promote", "drift", "lock"];

/** What only the repository of cres itself has to do before a step can run it. */
const OWN_SETUP = /^( +)- run: npm run build\n +- run: node bin\/run\.js init\n/gm;

interface WorkflowFile {
	/** From the directory of cres.yaml, with `/`. */
	path: string;
	state: "written" | "replaced" | "kept" | "differs";
}

export interface WorkflowOptions {
	/** Where this installation keeps its workflows. */
	source: string;
	/** Directory of cres.yaml. */
	directory: string;
	/** That of workflowContext. */
	context: string;
	/** Replace a file that says something else. */
	force: boolean;
	dryRun: boolean;
}

/** Writes the workflows into a project; one that is there and says something else is kept unless `force`. */
export async function writeWorkflows(options: WorkflowOptions): Promise<WorkflowFile[]> {
	const { source, directory, context, force, dryRun } = options;
	return Promise.all(
		WORKFLOWS.map(async (name): Promise<WorkflowFile> => {
			const path = `.github/workflows/${name}.yml`;
			const text = projectWorkflow(await readText(join(source, `${name}.yml`)), context);
			const before = (await readTextIfExists(join(directory, path)))?.replaceAll("\r\n", "\n");
			if (before === text) return { path, state: "kept" };
			if (before !== undefined && !force) return { path, state: "differs" };
			if (!dryRun) await writeDurably(join(directory, path), text);
			return { path, state: before === undefined ? "written" : "replaced" };
		}),
	);
}

/**
 * A workflow of cres, as a project runs it that has cres among its packages. `npx --no` takes what is installed and
 * fetches nothing of that name.
 */
export function projectWorkflow(text: string, context: string): string {
	const below = (path: string): string => posix.join(context, path);
	const payload = text.includes("build --push") ? `\n$1- run: npm ci --ignore-scripts --prefix ${below("images")}` : "";
	return text
		.replaceAll("\r\n", "\n")
		.replaceAll(/^ +- run: .*$/gm, (line) => line.replaceAll(/(?<= )images(?=[/ ]|$)/g, below("images")))
		.replaceAll(OWN_SETUP, `$1- run: npm ci --ignore-scripts${payload}\n`)
		.replaceAll("node bin/run.js", "npx --no cres")
		.replaceAll(
			/^( {6}- )(\.dockerignore|Dockerfile.*|images\/\S*|src\/\S*|tsconfig\.json)$/gm,
			(_, indent, path) => `${indent}${below(path)}`,
		);
}

/** Whether cres.yaml names who signs attestations. */
export const isSigned = ({ attest }: Pick<Config, "attest">): boolean =>
	Object.keys(attest.keys).length > 0 || attest.keyless !== undefined;

/**
 * What somebody has to set before the workflows can run, one line each.
 * @param config that of cres.yaml; undefined where it is not there or has faults
 */
export async function missingForWorkflows(directory: string, config: Config | undefined): Promise<string[]> {
	const text = await readTextIfExists(join(directory, "package.json"));
	const declared = packageSchema.safeParse(text === undefined ? {} : parsed(text)).data;
	const packages = { ...declared?.dependencies, ...declared?.devDependencies };
	const lacks = !("cres" in packages);
	return [
		...(lacks ? ["package.json: cres among the devDependencies, and commit package-lock.json"] : []),
		...(config && isSigned(config) ? [] : [SIGNER]),
		...(config?.smoke.dependencies ? [] : [DEPENDENCIES]),
		"variable BASE_IMAGE: the OS image, pinned: host/repository@sha256:…",
		"secret ATTEST_KEY: the private key that cres attest keygen makes; not for attest.keyless",
	];
}

const SIGNER =
	"cres.yaml: attest.keys, the public half that cres attest keygen writes there, or attest.keyless; commit it";
const DEPENDENCIES =
	"cres.yaml: smoke.dependencies, a Temporal and a store to test images with, pinned by digest; commit them";
const names = z.record(z.string(), z.unknown()).optional();
const packageSchema = z.object({ dependencies: names, devDependencies: names });

function parsed(text: string): unknown {
	try {
		return JSON.parse(text.replace(/^\uFEFF/, ""));
	} catch {
		return {};
	}
}
