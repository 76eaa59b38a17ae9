import { join } from "node:path";
import { z } from "zod";
import { API_TOKENS } from "../src/contracts/api-tokens.ts";
import { UserError } from "../src/errors/errors.ts";
import { writeDurably } from "../src/system/durable-files.ts";
import { readTextIfExists } from "../src/system/files.ts";
import { cresOf, runCres } from "./cres.ts";
import { controlApi } from "./parts/control-plane.ts";
import type { Perimeter } from "./perimeter.ts";
import { holds } from "./project.ts";

const NAME = "rehearsal";
const LIMIT_MS = 15_000;

const createdSchema = z.object({ token: z.string().min(1) });
const startedSchema = z.object({ workflow_id: z.string() });

/** The token of this rehearsal for the control api; made when there is none, and kept for its owner alone. */
export async function ensureApiToken(perimeter: Perimeter): Promise<string> {
	const { directory, project, shell } = perimeter;
	const file = join(directory, "api-token");
	const isCreated = await holds(project, `${API_TOKENS}=${NAME}:`);
	const known = await readTextIfExists(file);
	if (isCreated && known !== undefined) return known;
	if (isCreated) await runCres(perimeter, ["api", "token", "revoke", NAME]);
	// An api that runs knows the tokens of its start.
	await runCres(perimeter, ["control", "stop", "api"]);
	const args = [cresOf(perimeter), "api", "token", "create", NAME, "--scope", "submit", "--json"];
	const { exitCode, stdout, stderr } = await shell.run(process.execPath, args, { cwd: project });
	if (exitCode !== 0) throw failed(`cres api token create exits ${exitCode}: ${stderr.trim()}`);
	const { token } = createdSchema.parse(JSON.parse(stdout));
	await writeDurably(file, token, { mode: 0o600 });
	return token;
}

/** Starts the work on the perimeter's video: refused without the token, begun with it. @throws UserError rehearsal_failed */
export async function startJob(perimeter: Perimeter, token: string): Promise<string> {
	const refused = await post(perimeter, {});
	if (refused.status !== 401) throw failed(`the control api answers ${refused.status} to a caller without a token`);
	const begun = await post(perimeter, { authorization: `Bearer ${token}` });
	const text = await begun.text();
	if (!begun.ok) throw failed(`the control api answers ${begun.status}: ${text.slice(0, 300)}`);
	return `401 without a token, ${startedSchema.parse(JSON.parse(text)).workflow_id} with it`;
}

const post = (perimeter: Perimeter, headers: Record<string, string>): Promise<Response> =>
	fetch(`${controlApi(perimeter)}/process`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify({ url: perimeter.speech }),
		signal: AbortSignal.timeout(LIMIT_MS),
	});

const failed = (what: string): UserError =>
	new UserError("rehearsal_failed", what, { hint: "cres backend logs, in the project, shows what the api says" });
