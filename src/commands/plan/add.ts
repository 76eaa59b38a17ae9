import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { readReport } from "../../cli/input.ts";
import { addEntry, type Added } from "../../plan/add.ts";
import { givenDraft } from "../../plan/given.ts";
import { learnSecrets } from "../../plan/refusals.ts";
import { renderAdded } from "../../plan/render.ts";

const several = (summary: string) => Flags.string({ summary, multiple: true, multipleNonGreedy: true, default: [] });

export default class PlanAdd extends BaseCommand {
	static override summary = "Put an entry at the top of docs/PLAN.md, with checks that are run now.";
	static override description =
		"Changes are the staged files unless --change is given. A check that does not hold stops it (exit 3), and so does a secret or an address of an instance (exit 2). cres guide plan shows the checks and a file for --from.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --from entry.yaml --dry-run",
		"<%= config.bin %> <%= command.id %> --release 01JD3Z --follow-up 'watch the backlog'",
	];
	static override flags = {
		title: Flags.string({ summary: "Title, without date." }),
		objective: Flags.string({ summary: "What it is for: one sentence." }),
		"root-cause": several("Why it was needed, or what went wrong."),
		constraint: several("What had to be kept to."),
		change: several("What was changed. Default: the staged files."),
		"follow-up": several("What is left to do."),
		check: several('A check, such as: file-contains docs/x.md "text".'),
		observed: several("What was seen, as: label: text."),
		rollback: several("A step that undoes it."),
		reverts: Flags.string({ summary: "Entry that this one takes back: id, number or title." }),
		from: Flags.string({ summary: "YAML or JSON with these fields; - is standard input.", exclusive: ["release"] }),
		release: Flags.string({ summary: "Make it of the record of a release.", helpValue: "ID" }),
		contents: Flags.boolean({ summary: "Make a table of contents where there is none.", default: false }),
		"allow-failing": Flags.boolean({ summary: "Write it although a check fails; it says so.", default: false }),
		"dry-run": dryRun,
	};

	async run(): Promise<Added> {
		const { flags } = await this.parse(PlanAdd);
		const context = await this.context();
		await learnSecrets(context.config.root);
		const { from, release, observed, title, objective, reverts, rollback } = flags;
		const lists = { root_cause: flags["root-cause"], constraints: flags.constraint, follow_up: flags["follow-up"] };
		const fields = { title, objective, reverts, rollback, ...lists, changes: flags.change, checks: flags.check };
		const file = from === undefined ? {} : { file: { name: from, text: await readReport(from, this.signal, HINTS) } };
		const draft = await givenDraft({ ...file, release, observed, fields }, context.config);
		const added = await addEntry(context, draft, {
			...{ allowFailing: flags["allow-failing"], dryRun: flags["dry-run"] },
			...{ contents: flags.contents, once: release !== undefined },
		});
		this.log(renderAdded(added));
		return added;
	}
}

const HINTS = {
	missing: "--from FILE reads a file, --from - standard input",
	large: "an entry is some lines: give a shorter file",
};
