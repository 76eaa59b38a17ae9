import { Flags } from "@oclif/core";
import { generateKey, type Generated } from "../../attest/keygen.ts";
import { renderGenerated, renderPlace } from "../../attest/render.ts";
import { BaseCommand } from "../../cli/base-command.ts";

export default class AttestKeygen extends BaseCommand {
	static override summary = "Make a key that signs attestations, and print its public half.";
	static override description =
		"The private half goes into .env, as ATTEST_KEY, and is never printed; the public half goes under attest.keys of cres.yaml.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> > cres.pub",
		"<%= config.bin %> <%= command.id %> --name ci-2 --force",
	];
	static override flags = {
		name: Flags.string({ summary: "What cres.yaml calls the key.", default: "ci" }),
		force: Flags.boolean({
			summary: "Replace the private key of .env, and the public key of that name.",
			default: false,
		}),
	};

	async run(): Promise<Generated> {
		const { flags } = await this.parse(AttestKeygen);
		const { config, progress } = await this.context();
		const made = await generateKey(config, flags.name, flags.force);
		this.log(renderGenerated(made));
		progress.note(renderPlace(made));
		return made;
	}
}
