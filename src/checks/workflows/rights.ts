import type { Job, Step } from "./model.ts";
import { packageNeeds, type Need } from "./package-rights.ts";
import { argumentsOf, scriptOf } from "./script.ts";
import { ownOf } from "../../system/own-of.ts";

const token = (step: Step, key: string): boolean => {
	const text = step.with.get(key)?.text;
	return text === undefined || /github\.token|secrets\.GITHUB_TOKEN/i.test(text);
};
const has = (step: Step, key: string): boolean => (step.with.get(key)?.text ?? "") !== "";

/** Action → the rights that it needs in every use, or in this one. */
const BY_ACTION: Readonly<Record<string, (step: Step) => readonly string[]>> = {
	"actions/attest": () => ["id-token", "attestations"],
	"actions/attest-build-provenance": () => ["id-token", "attestations"],
	"actions/attest-sbom": () => ["id-token", "attestations"],
	"actions/create-release": () => ["contents"],
	"actions/delete-package-versions": (step) => (token(step, "token") ? ["packages"] : []),
	"actions/deploy-pages": () => ["pages", "id-token"],
	"actions/labeler": (step) => (token(step, "repo-token") ? ["pull-requests"] : []),
	"actions/upload-release-asset": () => ["contents"],
	"aws-actions/configure-aws-credentials": (step) =>
		has(step, "role-to-assume") &&
		!has(step, "aws-access-key-id") &&
		!has(step, "web-identity-token-file") &&
		!has(step, "role-chaining")
			? ["id-token"]
			: [],
	"azure/login": (step) => (has(step, "client-id") && !has(step, "creds") ? ["id-token"] : []),
	"github/codeql-action/analyze": () => ["security-events"],
	"github/codeql-action/upload-sarif": () => ["security-events"],
	"google-github-actions/auth": (step) => (has(step, "workload_identity_provider") ? ["id-token"] : []),
	"goreleaser/goreleaser-action": (step) =>
		/^\s*release\b(?!.*--(?:snapshot|skip))/.test(step.with.get("args")?.text ?? "") &&
		/github\.token|secrets\.GITHUB_TOKEN/i.test(step.part.get("env", "GITHUB_TOKEN")?.text ?? "")
			? ["contents"]
			: [],
	"jamesives/github-pages-deploy-action": (step) => (token(step, "token") && !has(step, "ssh-key") ? ["contents"] : []),
	"ncipollo/release-action": (step) => (token(step, "token") ? ["contents"] : []),
	"peaceiris/actions-gh-pages": (step) =>
		has(step, "github_token") && token(step, "github_token") ? ["contents"] : [],
	"peter-evans/create-pull-request": (step) => (token(step, "token") ? ["contents", "pull-requests"] : []),
	"pypa/gh-action-pypi-publish": (step) => (has(step, "password") || has(step, "user") ? [] : ["id-token"]),
	"softprops/action-gh-release": (step) => (token(step, "token") && token(step, "repository") ? ["contents"] : []),
	"stefanzweifel/git-auto-commit-action": () => ["contents"],
};

/** The write rights that a job needs, as far as its steps say. */
export function needsOf(job: Job): Need[] {
	const needs = job.steps.flatMap((step): Need[] => {
		const action = step.uses?.text?.split("@")[0]?.toLowerCase() ?? "";
		const scopes = ownOf(BY_ACTION, action)?.(step) ?? [];
		return scopes.map((scope) => ({ scope, what: action, step }));
	});
	return [...needs, ...packageNeeds(job), ...pushes(job), ...job.steps.flatMap(byGh)];
}

/** What `gh` changes with the token of the run. */
function byGh(step: Step): Need[] {
	const given = ["GH_TOKEN", "GITHUB_TOKEN"].flatMap(
		(name) =>
			[step.part, step.job.part, step.job.workflow.root].flatMap((part) => part.get("env", name)?.text ?? [])[0] ?? [],
	);
	if (!/github\.token|secrets\.GITHUB_TOKEN/i.test(given[0] ?? "")) return [];
	return (scriptOf(step)?.commands ?? []).flatMap((command): Need[] => {
		const [name, noun, verb, ...rest] = argumentsOf(command).map(({ text }) => text);
		// In another repository it is the business of that one, and needs another token.
		if (name !== "gh" || rest.some((word) => /^(?:-R|--repo)/.test(word))) return [];
		if (noun === "release" && /^(?:create|upload|edit|delete)$/.test(verb ?? ""))
			return [{ scope: "contents", what: `gh release ${verb!}`, step }];
		return noun === "pr" && verb === "create" ? [{ scope: "pull-requests", what: "gh pr create", step }] : [];
	});
}

function pushes(job: Job): Need[] {
	const checkout = job.steps.find(({ uses }) => uses?.text?.startsWith("actions/checkout@") ?? false);
	const own =
		checkout !== undefined &&
		!checkout.with.has("token") &&
		!checkout.with.has("ssh-key") &&
		!checkout.with.has("repository") &&
		checkout.with.get("persist-credentials")?.text !== "false";
	if (!own) return [];
	return job.steps.flatMap((step): Need[] => {
		const script = scriptOf(step);
		const push =
			script?.commands.some(
				({ words }) =>
					words[0]?.text === "git" &&
					words[1]?.text === "push" &&
					!words.some(({ text }) => /:\/\/|@|--dry-run/.test(text)),
			) ?? false;
		return push && !/remote set-url|git config[^\n]*insteadof/i.test(script!.text)
			? [{ scope: "contents", what: "git push", step }]
			: [];
	});
}
