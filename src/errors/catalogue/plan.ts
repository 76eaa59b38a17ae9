import type { Entry } from "./entry.ts";

export const planErrors = {
	plan_checks_failed: {
		exit: "findings",
		retry: true,
		meaning: "A check of the entry does not hold, or could not be looked at, so nothing was written.",
		remedy: "Correct what it looks at, or record that it fails: --allow-failing.",
	},
	plan_contended: {
		exit: "failed",
		retry: true,
		meaning: "Others kept changing docs/PLAN.md while an entry was written.",
		remedy: "Put the printed entry at the top by hand.",
	},
	plan_draft: {
		exit: "usage",
		retry: false,
		meaning: "What the entry is to be made of cannot be read, or is not complete.",
		remedy: "Give what the message names; cres guide plan shows the flags and the file.",
	},
	plan_endpoint: {
		exit: "usage",
		retry: false,
		meaning: "The entry holds an endpoint that changes with the next container.",
		remedy: "Write the logical name of the instance.",
	},
	plan_entry_unknown: {
		exit: "usage",
		retry: false,
		meaning: "No entry of docs/PLAN.md is called so, or several are.",
		remedy: "cres plan show lists the entries with their ids.",
	},
	plan_missing: {
		exit: "usage",
		retry: false,
		meaning: "docs/PLAN.md is not there.",
		remedy: "cres plan add writes the first entry, cres init an empty document.",
	},
	plan_no_changes: {
		exit: "usage",
		retry: false,
		meaning: "No change was given, and git has nothing staged.",
		remedy: "Stage what the entry is about, or give --change.",
	},
	plan_recorded: {
		exit: "usage",
		retry: false,
		meaning: "docs/PLAN.md has an entry of that release already.",
		remedy: "cres plan show prints it.",
	},
	plan_release_unknown: {
		exit: "usage",
		retry: false,
		meaning: "No record has a release with that id.",
		remedy: "cres releases --json shows the ids.",
	},
	plan_secret: {
		exit: "usage",
		retry: false,
		meaning: "The entry holds a secret, so nothing was written.",
		remedy: "Put the value into .env, and write its name.",
	},
	plan_style: {
		exit: "failed",
		retry: false,
		meaning: "docs/PLAN.md has entries of another form, or a comment or code block above its entries that never ends.",
		remedy: "Write the headings of entries as `## YYYY-MM-DD - title`, and put the printed entry at the top by hand.",
	},
	plan_unwritable: {
		exit: "failed",
		retry: false,
		meaning: "docs/PLAN.md cannot be written; a rollout itself is done.",
		remedy: "Put the printed entry at the top by hand.",
	},
} as const satisfies Record<string, Entry>;
