import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { dryRun } from "../cli/flags.ts";
import { promote } from "../promotion/promote.ts";
import type { Promotion } from "../promotion/promotion.ts";
import { renderPromotion } from "../promotion/render.ts";

export default class Promote extends BaseCommand {
	static override summary = "Let a channel resolve to a digest that has a valid attestation.";
	static override description =
		"Moves the channel's tag in the registry; nothing is pulled or built. Verifies afterwards that the channel resolves to the digest. When somebody else moves it at the same time, the command says so and exits 75.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> sha256:4f1c… canary",
		"<%= config.bin %> <%= command.id %> canary stable",
		"<%= config.bin %> <%= command.id %> canary stable --expect sha256:9b0e… --json",
	];
	static override args = {
		image: Args.string({ required: true, description: "Digest, build id or channel." }),
		channel: Args.string({ required: true, description: "Channel that is moved, such as canary or stable." }),
	};
	static override flags = {
		expect: Flags.string({
			summary: "Only if the channel resolves to this digest now, or to nothing (none).",
			helpValue: "DIGEST|none",
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<Promotion> {
		const { args, flags } = await this.parse(Promote);
		const context = await this.context();
		const options = { source: args.image, channel: args.channel, expect: flags.expect, dryRun: flags["dry-run"] };
		const done = await promote(context.promotion(), options);
		this.log(renderPromotion(done));
		return done;
	}
}
