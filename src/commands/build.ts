import { Args, Flags } from "@oclif/core";
import { provenanceSigner } from "../attest/provenance.ts";
import { BaseCommand } from "../cli/base-command.ts";
import type { Context } from "../cli/context.ts";
import { dryRun } from "../cli/flags.ts";
import { FLAVOURS } from "../contracts/build-info.ts";
import { build, type Build as Built, type BuildOptions } from "../image/build.ts";
import { writeOutputs } from "../image/outputs.ts";
import { renderBuild } from "../image/render.ts";
import type { LockUpdate } from "../image/update-lock.ts";

export default class Build extends BaseCommand {
	static override summary = "Build the base and app images from the committed tree, reproducibly.";
	static override description =
		"An image whose inputs (files, Dockerfile, layer below) the registry holds already is not built again. The digest that --push prints is the release: it was read back from the registry.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --push",
		"<%= config.bin %> <%= command.id %> app --push --json",
		"<%= config.bin %> <%= command.id %> base --dry-run",
		"<%= config.bin %> <%= command.id %> --flavour cuda --push",
		"<%= config.bin %> <%= command.id %> --update-lock --dry-run",
	];
	static override args = {
		image: Args.custom<BuildOptions["target"]>({ options: ["base", "app", "all"] })({
			default: "all",
			description: "Which image; all builds base first.",
		}),
	};
	static override flags = {
		push: Flags.boolean({ summary: "Push to registry.push of cres.yaml and read the digest back." }),
		flavour: Flags.option({ options: FLAVOURS })({
			summary: "cuda has the engines for NVIDIA GPUs too. Default: build.flavour of cres.yaml.",
		}),
		"update-lock": Flags.boolean({
			summary: "Build nothing: pin the newest packages of the cuda flavour in images/cuda/lock.json.",
			exclusive: ["push", "flavour", "no-cache", "allow-dirty"],
		}),
		"allow-dirty": Flags.boolean({ summary: "Take uncommitted changes; the build id then ends in -dirty." }),
		"no-cache": Flags.boolean({ summary: "Build again, without Docker's cache." }),
		"ca-bundle": Flags.string({
			summary: "PEM file that RUN steps trust; never in a layer. Default: what NODE_EXTRA_CA_CERTS names.",
		}),
		outputs: Flags.string({
			summary: 'Append the digests as NAME=value lines to this file: "$GITHUB_OUTPUT" in GitHub Actions.',
			dependsOn: ["push"],
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<Built | LockUpdate> {
		const { args, flags } = await this.parse(Build);
		const context = await this.context();
		const { push, "dry-run": isDry, "allow-dirty": allowDirty, "no-cache": noCache, "ca-bundle": caBundle } = flags;
		if (flags["update-lock"]) return this.#updateLock(context, isDry);
		const flavour = flags.flavour ?? context.config.build.flavour;
		const options = { target: args.image, flavour, push, dryRun: isDry, allowDirty, noCache, caBundle };
		const signing = { ...context.attest(), progress: context.progress };
		const provenance = provenanceSigner(signing, this.config.version);
		const result = await build({ ...context.build(), provenance }, options);
		if (flags.outputs !== undefined && !isDry) await writeOutputs(flags.outputs, result);
		this.log(renderBuild(result));
		return result;
	}

	async #updateLock(context: Context, dryRun: boolean): Promise<LockUpdate> {
		const { updateLock, renderLockUpdate } = await import("../image/update-lock.ts");
		const update = await updateLock(context.build(), { dryRun });
		this.log(renderLockUpdate(update));
		return update;
	}
}
