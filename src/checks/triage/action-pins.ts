import type { Found, StaticCheck } from "../triage-check.ts";
import { counted, readableOf, readableSteps } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const RELEASE = /^v?\d+(?:[.\w-]*)$|\/v?\d[\w.]*$/;

export default {
	code: "TS211",
	scope: "static",
	severity: "note",
	question: "Is every action pinned to a commit?",
	why: "A tag or a branch of an action can be moved by whoever owns it: the next run then executes other code with the secrets of the job.",
	example:
		"`uses: docker/login-action@v3` follows a tag; `uses: docker/login-action@<40 hex digits> # v3.6.0` does not.",
	run(tree) {
		const jobs = readableOf(tree).flatMap((workflow) => workflow.jobs);
		const uses = [...readableSteps(tree), ...jobs].flatMap((one) => (one.uses?.text === undefined ? [] : one.uses));
		const moving = Map.groupBy(uses.filter(isMoving), ({ text }) => text!);
		const own = [...moving].filter(([name]) => isReleaseOfGithub(name));
		const others = [...moving].filter(([name]) => !isReleaseOfGithub(name));
		return {
			looked: `${counted(tree)}, ${uses.length} uses of actions`,
			findings: [...others.map(([name, parts]) => foundFor(name, parts)), ...(own.length > 0 ? [ofGithub(own)] : [])],
		};
	},
} satisfies StaticCheck;

function isMoving({ text }: Part): boolean {
	if (text!.startsWith("./") || text!.includes("${{")) return false;
	if (text!.startsWith("docker://")) return !text!.includes("@sha256:");
	return !SHA.test(text!.split("@")[1] ?? "");
}

function foundFor(name: string, parts: readonly Part[]): Found {
	const [action, version] = name.split("@");
	const [first, ...others] = parts.map((part) => part.place);
	const isRelease = version !== undefined && RELEASE.test(version);
	if (name.startsWith("docker://"))
		return {
			message: `the image ${name.slice("docker://".length)} runs as an action and is not pinned by its digest`,
			evidence: [first!, ...others],
			fix: { say: "add @sha256:… of the tag that it is meant to be" },
		};
	return {
		message: isRelease
			? `${name} follows a tag that its owner can move`
			: `${name} follows a branch: every run takes what was pushed last`,
		evidence: [first!, ...others],
		fix: {
			say: `pin ${action} by the commit: git ls-remote https://github.com/${action!.split("/").slice(0, 2).join("/")} ${version ?? ""}`,
		},
		severity: "warning",
	};
}

const isReleaseOfGithub = (name: string): boolean =>
	/^(?:actions|github)\//.test(name) && RELEASE.test(name.split("@")[1] ?? "");

/** GitHub's own: whoever moves them runs the jobs anyway. One finding for all. */
function ofGithub(moving: readonly [string, readonly Part[]][]): Found {
	const [first, ...others] = moving.flatMap(([, parts]) => parts.map(({ place }) => place));
	return {
		message: `actions of GitHub follow tags that can move: ${moving
			.map(([name]) => name)
			.toSorted()
			.join(", ")}`,
		evidence: [first!, ...others],
		fix: { say: "pin each by its commit, with the version in a comment: Dependabot keeps both up to date" },
		severity: "note",
	};
}
