import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { Found, InstanceCheck } from "../triage-check.ts";

export default {
	code: "TR104",
	scope: "runtime",
	looksAt: "instance",
	severity: "error",
	question: "Does the build that was released run, and no other?",
	why: "What runs and what is on record must be the same digest: otherwise nobody knows what to go back to, and fixes seem to have no effect.",
	example: "cpu-1 runs build 1b2c…, the last release is 9f8e… → cres deploy cpu-1",
	run({ instance }) {
		const { name, container, releases, inside, takenAt } = instance;
		if (!container) return passed("nothing: no container runs");
		const release = releases.findLast(({ outcome: ended }) => ended === "live");
		const at = new Date(takenAt).toISOString();
		const runs = said(
			name,
			`build ${container.buildId || "unknown"}, digest ${container.digest || "unknown"}`,
			"container",
			at,
		);
		const findings: Found[] = [];
		if (release && isOther(container, release))
			findings.push({
				message: `${name} runs build ${container.buildId}, but the last release is ${release.buildId}`,
				evidence: [
					runs,
					said(
						"records",
						`release ${release.id}: build ${release.buildId}, digest ${release.digest}`,
						"releases",
						release.at,
					),
				],
				fix: { say: `cres deploy ${name}, or cres releases ${name} to see what was rolled out` },
			});
		const told = inside?.build?.buildId;
		if (told !== undefined && container.buildId !== "" && told !== container.buildId)
			findings.push({
				message: `the container of ${name} is labelled build ${container.buildId}, but its image says that it is ${told}`,
				evidence: [said(name, `build file: ${told}, revision ${inside!.build!.revision}`, "image"), runs],
				fix: { say: `cres build --push, then cres deploy ${name}` },
			});
		if (inside && !inside.build)
			findings.push({
				message: `the image that runs on ${name} has no build file: it is no app image of ours`,
				evidence: [said(name, inside.missed["build"] ?? "no build file", "image"), runs],
				fix: { say: `cres deploy ${name}` },
			});
		if (!release)
			findings.push({
				message: `${name} runs build ${container.buildId || "unknown"}, but no release of it is on record here`,
				evidence: [runs],
				fix: { say: `cres deploy ${name} records it; its state may lie on another control host` },
				severity: "warning",
			});
		return outcome("digest and build against the release record", findings);
	},
} satisfies InstanceCheck;

const isOther = (
	container: { digest: string; buildId: string },
	release: { digest: string; buildId: string },
): boolean =>
	container.digest !== ""
		? container.digest !== release.digest
		: container.buildId !== "" && container.buildId !== release.buildId;
