/** What shellcheck calls an error and that breaks nothing by itself, or that another check of triage sees. */
export const NOT_FAULTS: ReadonlySet<number> = new Set([
	1008, // an interpreter that shellcheck does not know
	1017, // carriage returns
	1075, // `else if`, which is right where each `if` has its `fi`
	1071, // a language that shellcheck does not know
	1082, // a byte-order mark
	1084, // `!#` where an interpreter may not be meant
	1090, // a file that it is not given
	1091, // the same
	2068, // $@ without quotes: meant, where no argument has blanks
	2096, // several arguments of an interpreter
	2148, // no interpreter: a script that others source
	2239, // an interpreter without an absolute path
]);
