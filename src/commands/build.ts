import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { dryRun } from "../cli/flags.ts";
import { build, type Build as Built, type BuildOptions } from "../image/build.ts";
import { renderBuild } from "../image/render.ts";

export default class Build extends BaseCommand {
	static override summary = "Build the base and app images from the committed tree, reproducibly.";
	static override description =
		"An image whose inputs (files, Dockerfile, layer below) the registry holds already is not built again. The digest that --push prints is the release: it was read back from the registry.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --push",
		"<%= config.bin %> <%= command.id %> app --push --json",
		"<%= config.bin %> <%= command.id %> base --dry-run",
	];
	static override args = {
		image: Args.custom<BuildOptions["target"]>({ options: ["base", "app", "all"] })({
			default: "all",
			description: "Which image; all builds base first.",
		}),
	};
	static override flags = {
		push: Flags.boolean({ summary: "Push to registry.push of cres.yaml and read the digest back." }),
		"allow-dirty": Flags.boolean({ summary: "Take uncommitted changes; the build id then ends in -dirty." }),
		"no-cache": Flags.boolean({ summary: "Build again, without Docker's cache." }),
		"ca-bundle": Flags.file({
			summary: "PEM file that RUN steps trust; never in a layer. Default: what NODE_EXTRA_CA_CERTS names.",
			exists: true,
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<Built> {
		const { args, flags } = await this.parse(Build);
		const context = await this.context();
		const result = await build(context.build(), {
			target: args.image,
			push: flags.push,
			dryRun: flags["dry-run"],
			allowDirty: flags["allow-dirty"],
			noCache: flags["no-cache"],
			caBundle: flags["ca-bundle"],
		});
		this.log(renderBuild(result));
		return result;
	}
}
