import { Args } from "@oclif/core";
import { readAttestations, type Attestations } from "../../attest/read.ts";
import { renderAttestations } from "../../attest/render.ts";
import { LookingCommand } from "../../cli/looking-command.ts";
import { digestOf } from "../../registry/image-reference.ts";

export default class AttestShow extends LookingCommand {
	static override summary = "List what is attested of an image, and what each attestation is worth.";
	static override description =
		"Exit 0 also when an attestation does not count; cres attest verify is the one that refuses.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c…",
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c… --json",
	];
	static override args = {
		digest: Args.string({ required: true, description: "Digest of the image, as cres releases shows it." }),
	};

	protected async look(): Promise<Attestations> {
		const { args } = await this.parse(AttestShow);
		const context = await this.context();
		const found = await readAttestations(context.attest(), digestOf(args.digest));
		this.log(renderAttestations(found));
		return found;
	}
}
