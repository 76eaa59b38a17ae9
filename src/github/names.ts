import { UserError } from "../errors/errors.ts";

/** Characters that GitHub takes in the title of an issue or a pull request. */
const LONGEST_TITLE = 256;

/** @throws UserError title_invalid (usage) */
export function assertTitle(title: string): void {
	const why = titleFault(title);
	if (why === undefined) return;
	throw new UserError("title_invalid", `the title ${JSON.stringify(title.slice(0, 40))} ${why}`, {
		hint: `give --title one line of at most ${LONGEST_TITLE} characters`,
	});
}

/** What GitHub would change: an issue is found again by its title as it was given. */
function titleFault(title: string): string | undefined {
	if (title.trim() === "") return "is empty";
	if (title.length > LONGEST_TITLE) return `is longer than ${LONGEST_TITLE}`;
	if (/[\p{Cc}\u2028\u2029]/u.test(title)) return "has a line break or another control character";
	return title === title.trim() ? undefined : "begins or ends with a blank";
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
