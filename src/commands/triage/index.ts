import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { filesOf, type TriageResult } from "../../cli/triage-files.ts";
import { runTriage } from "../../cli/triage-run.ts";
import { renderFixes } from "../../checks/fix/apply.ts";
import { renderRuntime } from "../../checks/render-runtime.ts";
import { renderTriage } from "../../checks/render-triage.ts";
import { sarifOf } from "../../checks/sarif.ts";
import { RANK } from "../../checks/triage-report.ts";
import type { Proof } from "../../../rehearsal/system/prove.ts";

export default class Triage extends BaseCommand {
	static override summary = "Find what is wrong in the files of a project and on its instances.";
	static override description =
		"Changes nothing without --fix. Exits 3 when a finding is at least as bad as --fail-on. What no check could see is listed, with the way to it.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --static .",
		"<%= config.bin %> <%= command.id %> --static . --since origin/main",
		"<%= config.bin %> <%= command.id %> cpu-1 --budget 10s",
		"<%= config.bin %> <%= command.id %> --static . --fix --dry-run",
	];
	static override strict = false;
	static override args = { instance: Args.string({ description: "Instances of cres.yaml; with --static a folder." }) };
	static override flags = {
		static: Flags.boolean({ summary: "Look at files alone; needs no cres.yaml.", exclusive: ["runtime", "all"] }),
		runtime: Flags.boolean({ summary: "Look at instances alone." }),
		all: Flags.boolean({ summary: "Look at every instance in cres.yaml, too." }),
		only: Flags.string({ summary: "One check, by id or code; every finding is shown whole.", helpValue: "CHECK" }),
		since: Flags.string({
			...{ summary: "Leave out what the files of this git revision have, too.", helpValue: "REVISION" },
			exclusive: ["runtime"],
		}),
		budget: Flags.string({ summary: "Time for all checks, such as 10s; what is not run is listed." }),
		sarif: Flags.boolean({ summary: "Print SARIF 2.1.0, for code scanning.", exclusive: ["json"] }),
		html: Flags.string({ summary: "Write the report as one page, too.", helpValue: "FILE" }),
		bundle: Flags.string({ summary: "Write what was looked at, without secrets, for --from.", helpValue: "FILE" }),
		from: Flags.string({
			...{ summary: "Look at a bundle of another machine.", helpValue: "BUNDLE" },
			exclusive: ["static", "runtime", "all", "since", "fix", "bundle"],
		}),
		fix: Flags.boolean({ summary: "Apply one-line fixes; undo those that do not help.", exclusive: ["runtime"] }),
		"dry-run": Flags.boolean({ summary: "With --fix: show the changes, make none.", dependsOn: ["fix"] }),
		prove: Flags.boolean({ summary: "Make the rehearsal's instance fail in each known way, and see what is found." }),
		"fail-on": Flags.option({
			...{ options: ["error", "warning", "note"] as const, default: "error" as const },
			summary: "Least severity that exits 3.",
		})(),
	};

	async run(): Promise<TriageResult | Proof | undefined> {
		const { argv, flags } = await this.parse(Triage);
		if (flags.prove) return this.#prove();
		const show = (text: string) => (flags.sarif ? undefined : this.log(`${text}\n`));
		const host = { machine: await this.machine(), context: () => this.context(), show };
		const ran = await runTriage(argv as string[], flags, host);
		const { report, checks, fixes } = ran;
		const result = { ...report, ...(fixes && { fixes }), ...(await filesOf(ran, flags, this.config.version)) };
		if (fixes) show(renderFixes(fixes));
		const runtime = report.causes && renderRuntime(ran.results, report.causes);
		if (flags.sarif) this.logJson(sarifOf(report, checks, this.config.version));
		else this.log(renderTriage(report, { columns: screenColumns(), unfolded: flags.only !== undefined, runtime }));
		if (report.findings.some(({ severity }) => RANK[severity] <= RANK[flags["fail-on"]])) this.exitWith("findings");
		return result;
	}

	async #prove(): Promise<Proof> {
		const { ownPerimeter, proveTriage, renderProof } = await import("../../../rehearsal/system/prove.ts");
		const proof = await proveTriage(ownPerimeter(this.config.root), (await this.talk()).progress, this.signal);
		this.log(renderProof(proof));
		if (proof.recall < 1 || proof.falseAlarms.length > 0) this.exitWith("failed");
		return proof;
	}
}
