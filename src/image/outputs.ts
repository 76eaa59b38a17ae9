import { appendFile } from "node:fs/promises";
import { UserError, codeOf } from "../errors/errors.ts";
import type { Build } from "./build.ts";

/**
 * Appends what the next steps of a job need, in lines of NAME=value, to a file that exists or not.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter
 * @throws UserError outputs_not_written
 */
export async function writeOutputs(file: string, build: Build): Promise<void> {
	await appendFile(file, outputLines(build)).catch((cause: unknown) => {
		throw new UserError("outputs_not_written", `${file} cannot be written (${codeOf(cause) ?? "unknown"})`, {
			hint: 'give a file that may be written, such as --outputs "$GITHUB_OUTPUT"; the images are pushed',
			cause,
		});
	});
}

/**
 * `digest`, `build_id` and `built` of the app image, `base_digest` and `base_built` of the base image, and the app
 * image's digest as `<flavour>_digest`, which the legs of a matrix do not share. Nothing of an image that was not pushed.
 */
export function outputLines({ images }: Build): string {
	const lines = images.flatMap(({ image, flavour, digest, buildId, skipped }) => {
		if (digest === null) return [];
		if (image === "base") return [`base_digest=${digest}`, `base_built=${!skipped}`];
		return [`digest=${digest}`, `${flavour}_digest=${digest}`, `build_id=${buildId}`, `built=${!skipped}`];
	});
	return lines.map((line) => `${line}\n`).join("");
}
