import { Args } from "@oclif/core";
import { renderAttested } from "../../attest/render.ts";
import { verifySmoke, type VerifiedSmoke } from "../../attest/verify.ts";
import { LookingCommand } from "../../cli/looking-command.ts";

export default class AttestVerify extends LookingCommand {
	static override summary = "Check that a passed smoke test of an image is attested.";
	static override description =
		"The newest one counts that a key under attest.keys of cres.yaml, or a workflow under attest.keyless.identities, has signed: it must be for this very digest, passed, and not older than attest.max_age.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c…",
		"<%= config.bin %> <%= command.id %> sha256:0f1e2d3c… --json",
	];
	static override args = {
		digest: Args.string({ required: true, description: "Digest of the image, as cres releases shows it." }),
	};

	protected async look(): Promise<VerifiedSmoke> {
		const { args } = await this.parse(AttestVerify);
		const context = await this.context();
		const attested = await verifySmoke(context.attest(), args.digest);
		this.log(renderAttested(attested));
		return attested;
	}
}
