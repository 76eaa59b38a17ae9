import { Args, Flags } from "@oclif/core";
import { renderCreated } from "../../../api/render.ts";
import { createToken, type CreatedToken } from "../../../api/tokens.ts";
import { BaseCommand } from "../../../cli/base-command.ts";
import { API_SCOPES } from "../../../contracts/api-tokens.ts";

export default class ApiTokenCreate extends BaseCommand {
	static override summary = "Create a token for the api of the images and print it once.";
	static override description =
		"Its hash goes into .env, as API_TOKENS; a deploy hands it to the api. read: stored results and /docs; submit: start jobs; admin: rebuild the index.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> ci --scope submit",
		"<%= config.bin %> <%= command.id %> dashboard --scope read --scope submit --json",
	];
	static override args = {
		name: Args.string({ required: true, description: "What it is called; not secret." }),
	};
	static override flags = {
		scope: Flags.option({ options: API_SCOPES, multiple: true })({
			summary: "What it may do; can be repeated.",
			default: ["read"],
		}),
	};

	async run(): Promise<CreatedToken> {
		const { args, flags } = await this.parse(ApiTokenCreate);
		const { config } = await this.context();
		const created = await createToken(config, args.name, flags.scope);
		this.log(renderCreated(created));
		return created;
	}
}
