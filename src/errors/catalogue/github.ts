import type { Entry } from "./entry.ts";

export const gitHubErrors = {
	branch_invalid: {
		exit: "usage",
		retry: false,
		meaning: "cres ci pull-request was given a branch whose name Git does not take.",
		remedy: "Give it another name, such as --branch cres/lock.",
	},
	branch_is_base: {
		exit: "usage",
		retry: false,
		meaning: "cres ci pull-request was given the default branch, which it would replace.",
		remedy: "Give it a branch of its own: --branch cres/lock.",
	},
	change_unreadable: {
		exit: "usage",
		retry: false,
		meaning:
			"A file that cres ci pull-request was given cannot be read, is no text, or is outside of the working tree.",
		remedy: "Name text files of the working tree, from its top.",
	},
	ci_failed: {
		exit: "failed",
		retry: false,
		meaning: "The run of the workflow for that commit did not succeed.",
		remedy: "Correct what the named step says and push, or deploy another commit.",
	},
	ci_foreign_run: {
		exit: "usage",
		retry: false,
		meaning: "The run is of a fork, a pull request or another workflow: its images are not deployed.",
		remedy: "Record digests in runs of github.workflow that a push or a person of this repository began.",
	},
	ci_no_digest: {
		exit: "failed",
		retry: false,
		meaning: "The run of that commit succeeded, and recorded no digest of the wanted flavour.",
		remedy: "Let the workflow run cres ci record after the smoke test.",
	},
	ci_no_run: {
		exit: "failed",
		retry: true,
		meaning: "GitHub has no run of the workflow for that commit.",
		remedy: "Push the commit or start the workflow, then run the command again.",
	},
	ci_run_unset: {
		exit: "usage",
		retry: false,
		meaning: "cres ci record knows no run: GITHUB_RUN_ID is not set.",
		remedy: "Run it in a workflow, or give --run.",
	},
	ci_running: {
		exit: "busy",
		retry: true,
		meaning: "The run of that commit had not ended when --wait was over.",
		remedy: "Run the command again, or give a longer --wait.",
	},
	commit_ambiguous: {
		exit: "usage",
		retry: false,
		meaning: "Several commits begin with that SHA.",
		remedy: "Give more digits.",
	},
	commit_unknown: {
		exit: "usage",
		retry: false,
		meaning: "The repository on GitHub has no such commit.",
		remedy: "Push it, or correct the SHA.",
	},
	github_forbidden: {
		exit: "failed",
		retry: false,
		meaning: "The token may not make that call of GitHub's API.",
		remedy: "Give the token the permission that the message names.",
	},
	github_not_found: {
		exit: "failed",
		retry: false,
		meaning: "GitHub has no such repository, workflow, run or package, or hides it from the token.",
		remedy: "Check github in cres.yaml and the access of the token.",
	},
	github_rate_limited: {
		exit: "busy",
		retry: true,
		meaning: "GitHub's rate limit is reached, and lasts longer than cres waits.",
		remedy: "Run the command again after the time in the message.",
	},
	github_refused: {
		exit: "failed",
		retry: false,
		meaning: "GitHub refuses the call.",
		remedy: "Correct what the message names.",
	},
	github_repository_unset: {
		exit: "usage",
		retry: false,
		meaning: "No repository on GitHub is known: neither cres.yaml nor the remote origin names one.",
		remedy: "Set github.repository in cres.yaml.",
	},
	github_token_invalid: {
		exit: "failed",
		retry: false,
		meaning: "GitHub refuses the token.",
		remedy: "Make another token, and put it into .env under the name in the message.",
	},
	github_token_missing: {
		exit: "usage",
		retry: false,
		meaning: "GITHUB_TOKEN has no value.",
		remedy: "Make a token on GitHub and put it into .env.",
	},
	github_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "GitHub's API does not answer.",
		remedy: "Check the network, then try again.",
	},
	packages_elsewhere: {
		exit: "usage",
		retry: false,
		meaning: "Versions of packages are listed and deleted on ghcr.io only.",
		remedy: "Set registry.push.address to ghcr.io, or clean up with the registry's own means.",
	},
	title_invalid: {
		exit: "usage",
		retry: false,
		meaning:
			"cres ci was given a title that is empty, longer than GitHub takes, or not one line without blanks around it.",
		remedy: "Give --title one line of at most 256 characters.",
	},
} as const satisfies Record<string, Entry>;
