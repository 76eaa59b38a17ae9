import { posix } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../errors/errors.ts";
import { readTextIfExists } from "../system/files.ts";
import type { Config } from "./config.ts";

/** A directory of the repository, of characters that mean nothing to YAML, a shell or a path filter of GitHub. */
const PLAIN = /^(?![-/]|\.\.(?:\/|$))[\p{L}\p{N}_./-]+$/u;

/**
 * `image.context`, as the workflows of a project name it: normal, with `/`. Of a cres.yaml that has faults elsewhere it
 * counts too; without one it is the default.
 * @param config what was read of that file; undefined where it has faults
 * @throws UserError workflows_context (usage)
 */
export async function workflowContext(configPath: string, config: Config | undefined): Promise<string> {
	const text = config ? undefined : await readTextIfExists(configPath);
	const written =
		text === undefined ? undefined : parseDocument(text, { logLevel: "error" }).getIn(["image", "context"]);
	const context = config?.image.context ?? (typeof written === "string" ? written : ".");
	const path = posix.join(context.replaceAll("\\", "/"), ".").replace(/(?<=.)\/$/, "");
	if (PLAIN.test(path)) return path;
	throw new UserError(
		"workflows_context",
		`no workflow can name the directory ${JSON.stringify(context)} (image.context)`,
		{
			hint: "name a directory of the repository in cres.yaml, of letters, digits and . _ - / alone, then run the command again",
		},
	);
}
