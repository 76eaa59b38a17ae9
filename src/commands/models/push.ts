import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { MODEL_KINDS, MODEL_NAME, type ModelKind } from "../../contracts/models.ts";
import { UserError } from "../../errors/errors.ts";
import { openS3 } from "../../store/open.ts";
import { pushModel, type Pushed } from "../../models/push.ts";
import { recordManifest } from "../../models/record-manifest.ts";
import { renderPushed } from "../../models/render.ts";

export default class ModelsPush extends BaseCommand {
	static override summary = "Upload a model to the store; instances load it at boot.";
	static override description =
		"A file that the store has with the same checksum is not sent again. A model of the same kind and name is replaced in the manifest; the files that it had stay in the store. The manifest's own checksum goes into cres.yaml: instances load no other manifest than the one they were deployed with.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> Llama-3.1-8B-Q4_K_M.gguf --name llama-3.1-8b --kind llm",
		"<%= config.bin %> <%= command.id %> faster-whisper-base/ --name base --kind whisper --dry-run",
	];
	static override args = {
		path: Args.string({ required: true, description: "A GGUF file, or a directory with a model's files." }),
	};
	static override flags = {
		name: Flags.string({ summary: "What the model is called.", required: true }),
		kind: Flags.option({ options: MODEL_KINDS })({ summary: "What the model is for.", required: true }),
		"accept-manifest": Flags.boolean({
			summary: "Go on from the manifest in the store, although cres.yaml names another.",
			default: false,
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<Pushed> {
		const { args, flags } = await this.parse(ModelsPush);
		const name = plainName(flags.name);
		const { config, clock, progress, signal } = await this.context();
		const record = (sha256: string) => recordManifest(config, sha256);
		const kind: ModelKind = flags.kind;
		const pin = flags["accept-manifest"] ? undefined : config.models.manifest;
		const pushed = await pushModel(
			{ s3: openS3(config), clock, progress, signal, record },
			{ path: args.path, name, kind, pin, dryRun: flags["dry-run"] },
		);
		this.log(renderPushed(pushed));
		return pushed;
	}
}

function plainName(name: string): string {
	if (MODEL_NAME.test(name)) return name;
	throw new UserError("model_name", `${JSON.stringify(name)} is not a valid model name`, {
		hint: "letters, digits, . _ and -, starting with a letter or digit",
	});
}
