import { BaseCommand } from "../../cli/base-command.ts";
import type { Model } from "../../contracts/models.ts";
import { readManifest } from "../../models/manifest-object.ts";
import { openS3 } from "../../store/open.ts";
import { renderModels, sizeOf } from "../../models/render.ts";

export default class ModelsList extends BaseCommand {
	static override summary = "List the models in the store.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	async run(): Promise<{ models: (Model & { bytes: number })[] }> {
		await this.parse(ModelsList);
		const { config, signal } = await this.context();
		const { models } = await readManifest(openS3(config), signal);
		this.log(renderModels(models));
		return { models: models.map((model) => ({ ...model, bytes: sizeOf(model) })) };
	}
}
