import { LookingCommand } from "../cli/looking-command.ts";
import { renderConfig, showConfig, type ShownConfig } from "../config/show.ts";

export default class Config extends LookingCommand {
	static override summary = "Print the configuration with every default, and where each value came from.";
	static override description =
		"The text is YAML that cres takes again as cres.yaml. Secrets are shown as [redacted] or unset.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<ShownConfig> {
		await this.parse(Config);
		const { config } = await this.context();
		const shown = showConfig(config);
		this.log(renderConfig(shown));
		return shown;
	}
}
