import { table } from "../system/text.ts";
import type { CreatedToken, ShownToken } from "./tokens.ts";

/** The token itself, what it may do, and the next step. */
export const renderCreated = ({ name, scopes, token, delivered }: CreatedToken): string =>
	[
		token,
		`token ${name}, may ${scopes.join(", ")}; it is shown this once, .env keeps its hash`,
		delivered
			? "  → cres deploy INSTANCE hands it to the api"
			: "  → add API_TOKENS to secrets in cres.yaml, then cres deploy INSTANCE hands it to the api",
	].join("\n");

/** One line a token. */
export const renderTokens = (tokens: readonly ShownToken[]): string =>
	tokens.length === 0
		? "there are no tokens yet\n  → cres api token create NAME --scope submit"
		: table(
				["NAME", "SCOPES"],
				tokens.map(({ name, scopes }) => [name, scopes.join(", ")]),
			);
