import { CATALOGUE, type ErrorCode } from "./catalogue.ts";
import { EXIT } from "./exit.ts";

const HEAD = `# Errors

Every error that \`cres\` raises on purpose has a code, printed as \`code:\` and, under \`--json\`, as \`error.code\`. Codes are stable; wording may change. The hint that is printed with an error is more particular than what stands here. Exit codes: \`cres exit-codes\`. \`npm run build\` writes this page from \`src/errors/catalogue.ts\`.
`;

/** The text of docs/reference/errors.md: a heading for every code, in the order of the alphabet. */
export function errorReferenceText(): string {
	const codes = (Object.keys(CATALOGUE) as ErrorCode[]).toSorted();
	return [HEAD, ...codes.map(section)].join("");
}

function section(code: ErrorCode): string {
	const { exit, retry, meaning, remedy } = CATALOGUE[code];
	return [
		`\n## ${code}\n`,
		`${meaning} ${remedy}\n`,
		`Exit ${EXIT[exit]} (${exit}). ${retry ? "The same command may succeed later." : "The same command fails again until that is done."}\n`,
	].join("\n");
}
