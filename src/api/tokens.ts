import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { API_TOKENS, apiTokensSchema, formatApiTokens, type ApiScope, type ApiToken } from "../contracts/api-tokens.ts";
import { UserError } from "../errors/errors.ts";
import { assignmentsOf, withAssignments } from "../system/dotenv.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readTextIfExists } from "../system/files.ts";

/** What a token may be called. */
const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** What of the configuration says where the tokens are. */
export type TokenPlace = Pick<Config, "root" | "secrets" | "environment">;

/** A token as it is shown: neither itself nor its hash. */
export type ShownToken = Pick<ApiToken, "name" | "scopes">;

/** A new token; nobody can read it again. */
export interface CreatedToken extends ShownToken {
	token: string;
	/** Deploys hand the tokens over: API_TOKENS is listed under `secrets` in cres.yaml. */
	delivered: boolean;
}

/** The tokens of .env, in the order of their creation. @throws UserError api_tokens_invalid */
export async function listTokens(place: TokenPlace): Promise<ShownToken[]> {
	const { tokens } = await read(place);
	return tokens.map(({ name, scopes }) => ({ name, scopes }));
}

/**
 * Makes a token of 256 random bits and adds its hash to API_TOKENS in .env.
 * @throws UserError api_token_name, api_token_taken, api_tokens_invalid, api_tokens_elsewhere
 */
export async function createToken(
	place: TokenPlace,
	name: string,
	scopes: readonly ApiScope[],
	random = randomBytes,
): Promise<CreatedToken> {
	if (!NAME.test(name))
		throw new UserError("api_token_name", `${JSON.stringify(name)} is not a valid name of a token`, {
			hint: "lower-case letters, digits and -, starting with a letter or digit",
		});
	const { tokens, write } = await read(place);
	if (tokens.some((one) => one.name === name))
		throw new UserError("api_token_taken", `there is a token ${name} already`, {
			hint: `choose another name, or first: cres api token revoke ${name}`,
		});
	const token = `cres_${random(32).toString("base64url")}`;
	const hash = createHash("sha256").update(token).digest("hex");
	const sorted = [...new Set(scopes)].toSorted();
	await write([...tokens, { name, scopes: sorted, hash }]);
	return { name, scopes: sorted, token, delivered: place.secrets.includes(API_TOKENS) };
}

/** Takes a token's hash out of .env. @throws UserError api_token_unknown, api_tokens_invalid, api_tokens_elsewhere */
export async function revokeToken(place: TokenPlace, name: string): Promise<ShownToken> {
	const { tokens, write } = await read(place);
	const found = tokens.find((one) => one.name === name);
	if (!found)
		throw new UserError("api_token_unknown", `there is no token ${name}`, { hint: "cres api token list shows them" });
	await write(tokens.filter((one) => one !== found));
	return { name, scopes: found.scopes };
}

async function read({ root, environment }: TokenPlace) {
	const path = join(root, ".env");
	const text = (await readTextIfExists(path)) ?? "";
	const value = assignmentsOf(text).findLast(({ name }) => name === API_TOKENS)?.value ?? "";
	const parsed = apiTokensSchema.safeParse(value);
	if (!parsed.success)
		throw new UserError("api_tokens_invalid", `${API_TOKENS} in ${path} is not a list of tokens`, {
			hint: `remove that line, then cres api token create; the form is ${parsed.error.issues[0]!.message}`,
		});
	const write = async (tokens: readonly ApiToken[]): Promise<void> => {
		if (environment.some(({ name, source }) => name === API_TOKENS && source === "environment"))
			throw new UserError("api_tokens_elsewhere", `${API_TOKENS} is set in the environment, which wins over .env`, {
				hint: `unset ${API_TOKENS}, then run the command again`,
			});
		const edit = withAssignments(text, new Map([[API_TOKENS, formatApiTokens(tokens)]]));
		await writeDurably(path, edit.text, { mode: 0o600 });
	};
	return { tokens: parsed.data, write };
}
