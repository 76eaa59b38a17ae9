import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { answersHttp } from "../../src/system/answers.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import type { Layout, Part } from "../part.ts";
import { programFile } from "../programs.ts";
import { servicePart } from "../service-part.ts";

/** The repository that the double has from the first. */
export const GITHUB_REPOSITORY = "cres/worker";

const tokenFile = ({ directory }: Pick<Layout, "directory">): string => join(directory, "github", "token");

/** Base of the API. */
export const githubUrl = ({ ports }: Pick<Layout, "ports">): string => `http://127.0.0.1:${ports.github}`;

/** The token that the double knows; made at random when there is none, readable by the owner only. */
export async function githubToken(layout: Pick<Layout, "directory">): Promise<string> {
	const known = await readTextIfExists(tokenFile(layout));
	if (known !== undefined) return known;
	const made = `github_pat_${randomBytes(24).toString("hex")}`;
	await writeDurably(tokenFile(layout), made, { mode: 0o600 });
	return made;
}

const double = servicePart({
	name: "github",
	at: (layout) => `${githubUrl(layout)}, steered at 127.0.0.1:${layout.ports.githubControl}`,
	program: async (context) => ({
		file: process.execPath,
		args: [
			programFile("github/main"),
			...["--port", String(context.ports.github), "--control-port", String(context.ports.githubControl)],
			...["--state", join(context.directory, "github", "state.json"), "--repository", GITHUB_REPOSITORY],
		],
		env: { GITHUB_TOKEN: await githubToken(context) },
	}),
	status: async (context) =>
		(await answersHttp(githubUrl(context))) &&
		(await answersHttp(`http://127.0.0.1:${context.ports.githubControl}/faults`)),
});

/** GitHub's REST API as far as cres asks it. */
export const github: Part = {
	...double,
	async down(context) {
		await double.down(context);
		await rm(join(context.directory, "github"), { recursive: true, force: true });
	},
};
