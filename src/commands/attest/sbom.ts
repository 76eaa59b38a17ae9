import { Args } from "@oclif/core";
import { renderSbom } from "../../attest/render.ts";
import { attestSbom, type WrittenSbom } from "../../attest/sbom.ts";
import { BaseCommand } from "../../cli/base-command.ts";
import { digestOf } from "../../registry/image-reference.ts";

export default class AttestSbom extends BaseCommand {
	static override summary = "Sign and attach the list of an image's packages (SPDX).";
	static override description =
		"A list that was signed before by somebody whom cres.yaml names counts: then nothing is written. Debian's packages are read out of the image, which the local Docker daemon pulls; nothing of it is run. Those of npm and PyPI are read from the lock files in the commit of its base image.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c…",
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c… --json",
	];
	static override args = {
		digest: Args.string({ required: true, description: "Digest of the app image, as cres releases shows it." }),
	};

	async run(): Promise<WrittenSbom> {
		const { args } = await this.parse(AttestSbom);
		const context = await this.context();
		const written = await attestSbom(context.sbom(), digestOf(args.digest), this.config.version);
		this.log(renderSbom(written));
		return written;
	}
}
