/** A secret that is known by its form. */
export interface SecretLiteral {
	/** What it looks like. */
	kind: string;
	/** Offsets of the secret itself in the text. */
	from: number;
	to: number;
}

/** Forms that tokens have, as their issuers document them. The group `secret`, or all of it, is the secret. */
const FORMS: readonly [kind: string, form: RegExp][] = [
	["a private key", /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g],
	["a token of GitHub", /\bgh[pousr]_[A-Za-z0-9]{30,255}\b|\bgithub_pat_[A-Za-z0-9_]{50,255}\b/g],
	["a token of GitLab", /\bglpat-[A-Za-z0-9_-]{20,255}/g],
	["an access key of AWS", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
	["a token of Slack", /\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g],
	["a key of an AI provider", /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,255}/g],
	["a token of Hugging Face", /\bhf_[A-Za-z0-9]{30,255}\b/g],
	["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b/g],
	["a key of Google", /\bAIza[0-9A-Za-z_-]{35}/g],
	["a JSON web token", /\beyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}/g],
	["a password in an address", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`<>]{0,100}:(?<secret>[^\s/@"'`<>]{3,200})@/g],
	["a bearer token", /\bBearer\s+(?<secret>[A-Za-z0-9._~+/-]{20,1000}=*)/g],
	[
		"a value behind the name of a secret",
		/(?:password|passwd|passphrase|secret(?:[_-]?key)?|token|(?:api|access|private|codec|attest)[_-]?keys?)(?:\\?["'])?\s{0,3}[=:]\s{0,3}(?:\\?["'])?(?<secret>[^\s"'`\\,;|&()<>]{8,200})/gi,
	],
];

/** What stands where a secret would: a variable, a placeholder, a path, ordinary words. */
const HARMLESS =
	/^(?:\$|%\(|\{\{|\*+$|x+$|\.{3}|…|\[redacted\])|redacted|example|changeme|placeholder|your[-_]|^\.{0,2}\/|^[A-Za-z_.-]+$|^[A-Z_]+(?:=|$)|^\d+(?:\.\d+)*(?:s|m|h|ms)?$/i;
const LOOSE = new Set(["a value behind the name of a secret", "a password in an address"]);

/** The secrets of a text that are known by their form, in the order of the text. */
export function secretLiterals(text: string): SecretLiteral[] {
	const found = FORMS.flatMap(([kind, form]) =>
		[...text.matchAll(form)].flatMap((match): SecretLiteral[] => {
			const secret = match.groups?.["secret"] ?? match[0];
			if (LOOSE.has(kind) && HARMLESS.test(secret)) return [];
			const from = match.index + match[0].lastIndexOf(secret);
			return [{ kind, from, to: from + secret.length }];
		}),
	);
	return found.toSorted((a, b) => a.from - b.from || b.to - a.to);
}

/** The text with `[redacted]` in place of the secrets that are known by their form. */
export function withoutLiterals(text: string): string {
	let [out, done] = ["", 0];
	for (const { from, to } of secretLiterals(text)) {
		if (to <= done) continue;
		if (from >= done) out += `${text.slice(done, from)}[redacted]`;
		done = to;
	}
	return out + text.slice(done);
}

/** The same for every text inside of a value that JSON can hold. */
export const cleanOfLiterals = <T>(value: T): T =>
	JSON.parse(JSON.stringify(value), (_key, one: unknown) =>
		typeof one === "string" ? withoutLiterals(one) : one,
	) as T;
