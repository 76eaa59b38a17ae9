import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isOpen, isRandom } from "./literals.ts";
import type { SecretHit } from "./known-forms.ts";

/** Files without one of these words hold none of the commands below. */
const SIGN =
	/\bmc(?:li)?\s|sshpass|redis-cli|mysql|mariadb|mongo|htpasswd|rabbitmqctl|AsPlainText|\blogin\b|configure\s+set|--(?:pass|token|secret|api-key|access-key)/;
const VALUE = String.raw`["']?([^\s"'\`]+)`;
/** Programs that take a secret as a word, and options that say that a secret follows. */
const TYPED: readonly (readonly [RegExp, string])[] = [
	[
		new RegExp(String.raw`\bmc(?:li)?\s+(?:alias\s+set|config\s+host\s+add)\s+\S+\s+\S+\s+\S+\s+${VALUE}`, "g"),
		"the secret key of a store",
	],
	[
		new RegExp(String.raw`\baws\s+configure\s+set\s+(?:aws_)?secret_access_key\s+${VALUE}`, "g"),
		"the secret key of a store",
	],
	[new RegExp(String.raw`\bsshpass\s+-p\s*${VALUE}`, "g"), "a password"],
	[new RegExp(String.raw`\bredis-cli\b[^\n]*?\s-a\s+${VALUE}`, "g"), "a password"],
	[new RegExp(String.raw`\b(?:mysql|mariadb)(?:dump|admin|-dump)?\b[^\n]*?\s-p${VALUE}`, "g"), "a password"],
	[
		new RegExp(
			String.raw`\b(?:docker|podman|nerdctl|az|skopeo|crane|oras|buildah|helm\s+registry)\s+(?:auth\s+)?login\b[^\n]*?\s-p\s+${VALUE}`,
			"g",
		),
		"a password",
	],
	[new RegExp(String.raw`\bmongo(?:sh|dump|restore)?\b[^\n]*?\s-p\s+${VALUE}`, "g"), "a password"],
	[new RegExp(String.raw`\bhtpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+${VALUE}`, "g"), "a password"],
	[new RegExp(String.raw`\brabbitmqctl\s+(?:add_user|change_password)\s+\S+\s+${VALUE}`, "g"), "a password"],
	[new RegExp(String.raw`\bConvertTo-SecureString\s+(?:-String\s+)?${VALUE}["']?\s+-AsPlainText`, "g"), "a password"],
	[
		new RegExp(
			String.raw`\s--(?:pass(?:word|phrase)?|(?:auth-)?token|(?:aws-)?secret(?:-access)?-key|secret|api-key|access-key)[ =]${VALUE}`,
			"g",
		),
		"a secret",
	],
];

/** `--secret id=hf_token,env=HF_TOKEN` of docker build: where the secret is, and not what it is. */
const MOUNT = /^(?:id|type|src|source|env|target|mode|uid|gid)=/;

/** Secrets that a command gets as one of its words, in scripts and in documents, where short ones are often invented. */
export function typedSecrets(file: SourceFile): SecretHit[] {
	const { text } = file;
	if (!SIGN.test(text) || text.length > 400_000) return [];
	const shortest = standingOf(file.path) === "docs" ? 20 : 8;
	return TYPED.flatMap(([pattern, what]) =>
		[...text.matchAll(pattern)].flatMap(({ 0: all, 1: value, index }) =>
			MOUNT.test(value!) ||
			isOpen(value!) ||
			!isRandom(value!) ||
			value!.length < shortest ||
			/123456|abcdef/i.test(value!)
				? []
				: [{ file, line: file.lineAt(index + all.length - 1), what: `${what} on a command line` }],
		),
	);
}
