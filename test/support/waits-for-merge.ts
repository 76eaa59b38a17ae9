/** Commands of cres that other changes bring. Lines of workflows and documents that run one are left out until then. */
const AWAITED: readonly string[] = ["attest", "smoke", "promote", "channels", "ci issue", "ci status", "prune"];

/** Whether a command line, with or without what starts cres, runs one of them. */
export const waitsForMerge = (line: string): boolean => {
	const own = line.replace(/^(?:node bin\/run\.js|npx --no cres|cres) /, "");
	return AWAITED.some((name) => own === name || own.startsWith(`${name} `));
};
