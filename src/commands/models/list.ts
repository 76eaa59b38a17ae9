import { LookingCommand } from "../../cli/looking-command.ts";
import { readManifest } from "../../models/manifest-object.ts";
import { listed, renderModels, type ListedModels } from "../../models/render.ts";
import { openS3 } from "../../store/open.ts";

export default class ModelsList extends LookingCommand {
	static override summary = "List the models in the store.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<ListedModels> {
		await this.parse(ModelsList);
		const { config, signal } = await this.context();
		const models = listed(await readManifest(openS3(config), signal), config.models.manifest);
		this.log(renderModels(models));
		return models;
	}
}
