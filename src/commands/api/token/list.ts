import { renderTokens } from "../../../api/render.ts";
import { listTokens, type ShownToken } from "../../../api/tokens.ts";
import { LookingCommand } from "../../../cli/looking-command.ts";

export default class ApiTokenList extends LookingCommand {
	static override summary = "List the tokens of the api by name and scope.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<{ tokens: ShownToken[] }> {
		await this.parse(ApiTokenList);
		const { config } = await this.context();
		const tokens = await listTokens(config);
		this.log(renderTokens(tokens));
		return { tokens };
	}
}
