import { Args } from "@oclif/core";
import { revokeToken, type ShownToken } from "../../../api/tokens.ts";
import { BaseCommand } from "../../../cli/base-command.ts";

export default class ApiTokenRevoke extends BaseCommand {
	static override summary = "Revoke a token of the api.";
	static override description = "Its hash leaves .env; the api refuses it from the next deploy on.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> ci",
		"<%= config.bin %> <%= command.id %> ci --json",
	];
	static override args = {
		name: Args.string({ required: true, description: "Name of the token, as cres api token list shows it." }),
	};

	async run(): Promise<ShownToken> {
		const { args } = await this.parse(ApiTokenRevoke);
		const { config } = await this.context();
		const revoked = await revokeToken(config, args.name);
		this.log(`token ${revoked.name} is revoked\n  → cres deploy INSTANCE makes its api refuse it`);
		return revoked;
	}
}
