import { UserError } from "../errors/errors.ts";

/** Characters that GitHub takes in the title of an issue or a pull request. */
const LONGEST_TITLE = 256;

/** @throws UserError title_invalid (usage) */
export function assertTitle(title: string): void {
	const why =
		title.trim() === "" ? "is empty" : title.length > LONGEST_TITLE ? `is longer than ${LONGEST_TITLE}` : null;
	if (why === null) return;
	throw new UserError("title_invalid", `the title ${JSON.stringify(title.slice(0, 40))} ${why}`, {
		hint: `give --title a text of at most ${LONGEST_TITLE} characters`,
	});
}

/** What git check-ref-format refuses in a branch. @see https://git-scm.com/docs/git-check-ref-format */
const NO_BRANCH = /^[-/.]|[/.]$|\.\.|\/[/.]|@\{|\.lock(?:\/|$)|[\0-\x20\x7f~^:?*[\\]|^@?$/;

/** @throws UserError branch_invalid (usage) */
export function assertBranch(branch: string): void {
	if (!NO_BRANCH.test(branch)) return;
	throw new UserError("branch_invalid", `Git takes no branch of the name ${JSON.stringify(branch)}`, {
		hint: "give --branch a name such as cres/lock",
	});
}
