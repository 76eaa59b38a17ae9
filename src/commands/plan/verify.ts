import { Args, Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { PLAN_FILE } from "../../plan/plan-file.ts";
import { renderVerification } from "../../plan/render.ts";
import { askedEntries, readPlanText } from "../../plan/show.ts";
import { verifyEntries, type Verification } from "../../plan/verify.ts";

export default class PlanVerify extends LookingCommand {
	static override summary = "Run the checks of entries of docs/PLAN.md again: what is true, false or unverifiable.";
	static override description =
		"Only checks of the form that cres plan add writes are run, never through a shell. Commands in free text are never executed: they are unverifiable. Exits 3 when a claim is false.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> 1 --no-network",
		"<%= config.bin %> <%= command.id %> --all --json",
	];
	static override args = {
		entry: Args.string({
			multiple: true,
			description: "Entries: id, number, date or words of the title. Default: all.",
		}),
	};
	static override flags = {
		all: Flags.boolean({ summary: "List what is unverifiable too.", default: false }),
		"no-network": Flags.boolean({ summary: "Run no check that asks a server.", default: false }),
	};

	protected async look(): Promise<Verification> {
		const { args, flags } = await this.parse(PlanVerify);
		const context = await this.context();
		const { entries } = askedEntries(await readPlanText(context.config.root), args.entry ?? []);
		const ports = { ...context, root: context.config.root, network: !flags["no-network"] };
		const verification = await verifyEntries(entries, ports, PLAN_FILE);
		this.log(renderVerification(verification, flags.all));
		if (verification.counts.false > 0) this.exitWith("findings");
		return verification;
	}
}
