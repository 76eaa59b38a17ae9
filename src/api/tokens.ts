import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { editConfig } from "../config/edit-file.ts";
import { API_TOKENS, apiTokensSchema, formatApiTokens, type ApiScope, type ApiToken } from "../contracts/api-tokens.ts";
import { UserError } from "../errors/errors.ts";
import { assignmentsOf, withAssignments } from "../system/dotenv.ts";
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
	const path = fileOf(place);
	const tokens = tokensIn((await readTextIfExists(path)) ?? "", path);
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
	const token = `cres_${random(32).toString("base64url")}`;
	const hash = createHash("sha256").update(token).digest("hex");
	const sorted = [...new Set(scopes)].toSorted();
	await change(place, (tokens) => {
		if (!tokens.some((one) => one.name === name)) return [...tokens, { name, scopes: sorted, hash }];
		throw new UserError("api_token_taken", `there is a token ${name} already`, {
			hint: `choose another name, or first: cres api token revoke ${name}`,
		});
	});
	return { name, scopes: sorted, token, delivered: place.secrets.includes(API_TOKENS) };
}

/** Takes a token's hash out of .env. @throws UserError api_token_unknown, api_tokens_invalid, api_tokens_elsewhere */
export async function revokeToken(place: TokenPlace, name: string): Promise<ShownToken> {
	let scopes: ApiScope[] = [];
	await change(place, (tokens) => {
		const found = tokens.find((one) => one.name === name);
		if (!found)
			throw new UserError("api_token_unknown", `there is no token ${name}`, { hint: "cres api token list shows them" });
		({ scopes } = found);
		return tokens.filter((one) => one !== found);
	});
	return { name, scopes };
}

const fileOf = ({ root }: Pick<TokenPlace, "root">): string => join(root, ".env");

/** @throws UserError api_tokens_invalid */
function tokensIn(text: string, path: string): ApiToken[] {
	const value = assignmentsOf(text).findLast(({ name }) => name === API_TOKENS)?.value ?? "";
	const parsed = apiTokensSchema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new UserError("api_tokens_invalid", `${API_TOKENS} in ${path} is not a list of tokens`, {
		hint: `remove that line, then cres api token create; the form is ${parsed.error.issues[0]!.message}`,
	});
}

/** `edit` makes the tokens of those that are there by then. */
async function change(place: TokenPlace, edit: (tokens: readonly ApiToken[]) => ApiToken[]): Promise<void> {
	const path = fileOf(place);
	const withTokens = (text: string): string => {
		const tokens = edit(tokensIn(text, path));
		assertFromFile(place);
		return withAssignments(text, new Map([[API_TOKENS, formatApiTokens(tokens)]])).text;
	};
	await editConfig(path, withTokens, { mode: 0o600 });
}

function assertFromFile({ environment }: TokenPlace): void {
	if (environment.some(({ name, source }) => name === API_TOKENS && source === "environment"))
		throw new UserError("api_tokens_elsewhere", `${API_TOKENS} is set in the environment, which wins over .env`, {
			hint: `unset ${API_TOKENS}, then run the command again`,
		});
}
