import { Args, Flags } from "@oclif/core";
import { attestPassed } from "../attest/attest.ts";
import { renderWritten } from "../attest/render.ts";
import { unsignedBecause } from "../attest/signer.ts";
import { BaseCommand } from "../cli/base-command.ts";
import { dryRun } from "../cli/flags.ts";
import { screenColumns } from "../cli/screen.ts";
import type { SmokeReport } from "../contracts/smoke.ts";
import { assertLastBuild, imageReference } from "../image/last-build.ts";
import { AGAINST, SMOKE_ROLES } from "../smoke/choose.ts";
import { renderPlan, renderSmoke, smokeFailures } from "../smoke/render.ts";
import { planSmoke, smoke, type SmokePlan } from "../smoke/smoke.ts";

export default class Smoke extends BaseCommand {
	static override summary = "Test one image digest with a real Temporal and a real store before it is rolled out.";
	static override description =
		"Starts exactly that digest on a Docker network of its own and climbs a ladder of named, timed rungs: image, dependencies, layout, start, binaries, imports, queues, health, supervisor, workflow, stop, clean. Everything is removed, also on Ctrl-C. Exits 1 when a rung fails. A passed test is signed, with ATTEST_KEY or keyless in GitHub Actions, and attached to the digest: see cres attest.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> sha256:4f1c…",
		"<%= config.bin %> <%= command.id %> canary --json",
		"<%= config.bin %> <%= command.id %> 3f2a9c41d07e --against rehearsal --dry-run",
	];
	static override args = {
		image: Args.string({
			description: "Digest, build id, tag or channel of the app image; default: what cres build pushed last.",
		}),
	};
	static override flags = {
		role: Flags.option({ options: SMOKE_ROLES })({
			summary: "What its workers do; auto: gpu against rehearsal where daemon and image have what it needs, else cpu.",
			default: "auto",
		}),
		against: Flags.option({ options: AGAINST })({
			summary:
				"Dependencies: images of smoke.dependencies, or rehearsal: the Temporal and store of cres.yaml, of any project.",
		}),
		keep: Flags.boolean({ summary: "Leave container and network there when a rung fails.", default: false }),
		"dry-run": dryRun,
	};

	async run(): Promise<SmokeReport | SmokePlan> {
		const { args, flags } = await this.parse(Smoke);
		const { role, against, keep } = flags;
		const context = await this.context();
		const { state, build } = context.config;
		const named = args.image === undefined ? undefined : imageReference(args.image, context.config);
		const reference = named ?? (await assertLastBuild(state, build.flavour, "give a digest: cres smoke DIGEST")).digest;
		const options = { reference, role, against, keep, version: this.config.version };
		if (flags["dry-run"]) {
			const plan = await planSmoke(context.smoke(), options);
			this.log(renderPlan(plan));
			return plan;
		}
		const report = await smoke(context.smoke(), options);
		this.log(renderSmoke(report, screenColumns()));
		const attested = await attestPassed(context.attest(), report);
		if (report.ok) context.progress.note(renderWritten(attested, unsignedBecause(context.config)));
		if (await this.tell(smokeFailures(report))) this.exitWith("failed");
		return report;
	}
}
