import type { SourceFile } from "../tree/source-file.ts";

/** A secret that was found in a file. Its value is nowhere in it. */
export interface SecretHit {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** What it is: `a private key`, `the value of MINIO_SECRET_KEY`. */
	what: string;
}

/** What secretlint's rules look for begins with one of these; other files are not handed to it. */
const QUICK =
	/AKIA|ASIA|AGPA|AROA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abposr]-|xapp-|hooks\.slack\.com|sk-ant-|T3BlbkFJ|sk_live|hf_|npm_|_authToken|SG\.|shpat_|shpss_|lin_api_|ops_ey|eyJ|dckr_|-----BEGIN|:\/\/[^\s/:@]{1,80}:[^\s/@]{1,200}@|aws_secret|SecretAccessKey|SECRET_ACCESS_KEY|figd_|dop_v1|vercel|private_key/;

/** Tokens and keys of known forms, as the recommended rules of secretlint know them. */
export async function knownForms(files: readonly SourceFile[], signal: AbortSignal): Promise<SecretHit[]> {
	const suspect = files.filter((file) => file.has(QUICK));
	if (suspect.length === 0) return [];
	const [{ lintSource }, { creator }] = await Promise.all([
		import("@secretlint/core"),
		import("@secretlint/secretlint-rule-preset-recommend"),
	]);
	const options = {
		config: { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }] },
		maskSecrets: true,
		noPhysicFilePath: true,
	};
	const found: SecretHit[] = [];
	for (const file of suspect) {
		signal.throwIfAborted();
		const source = { filePath: file.path, content: file.text, contentType: "text" as const, ext: "" };
		const { messages } = await lintSource({ source, options });
		for (const { ruleId, loc, messageId } of messages)
			found.push({ file, line: loc.start.line, what: whatIs(`${ruleId} ${messageId}`) });
	}
	return found;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
	[/privatekey/i, "a private key"],
	[/aws/i, "a credential of AWS"],
	[/github/i, "a token of GitHub"],
	[/gitlab/i, "a token of GitLab"],
	[/slack/i, "a token of Slack"],
	[/openai/i, "a key of OpenAI"],
	[/anthropic/i, "a key of Anthropic"],
	[/hugging/i, "a token of Hugging Face"],
	[/npm/i, "a token of npm"],
	[/basicauth/i, "a user and a password in a URL"],
	[/database|postgres|mysql|mongo/i, "a user and a password in the address of a database"],
	[/gcp|google/i, "a credential of Google"],
	[/docker/i, "a token of Docker"],
	[/sendgrid/i, "a key of SendGrid"],
];

function whatIs(rule: string): string {
	const kind = KINDS.find(([pattern]) => pattern.test(rule))?.[1];
	return kind ?? `a secret (${rule.split(" ")[0]!.replace(/^.*secretlint-rule-/, "")})`;
}
